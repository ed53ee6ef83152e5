"""Records what golang.org/x/mod answers, and copies Go's tables of characters: what scripts/vectors does."""

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.gomod.oracle import Oracle, build, running
from tests.gomod.vectors import inputs, unicode, zips
from tests.gomod.vectors.inputs import Call

FOLDER = Path(__file__).parent


def main() -> int:
    """Write every file anew; returns the exit status."""
    with tempfile.TemporaryDirectory() as folder, running(build(Path(folder))) as oracle:
        unicode.write(oracle)
        _record(oracle, "paths", inputs.paths(oracle))
        _record(oracle, "versions", inputs.versions(oracle))
        _record(oracle, "go_mods", inputs.go_mods(oracle))
        _write("zips", zips.vectors(oracle, Path(folder)))
    return 0


def _record(oracle: Oracle, name: str, calls: Iterable[Call]) -> None:
    """Write one row for each call: the function, its arguments, whether x/mod gave no error, and what it gave."""
    every = list(calls)
    answers = oracle.ask(*[(function, *arguments) for function, arguments in every])
    _write(name, [[*call, answer.ok, answer.value] for call, answer in zip(every, answers, strict=True)])


def _write(name: str, rows: list[list[object]]) -> None:
    """One row a line, so that a change of x/mod's mind shows in a diff."""
    lines = ",\n".join(json.dumps(row, sort_keys=True) for row in rows)
    (FOLDER / f"{name}.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    sys.exit(main())

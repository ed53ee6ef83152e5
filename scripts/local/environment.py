"""The explicit values of one environment, read from a file of NAME=value lines (environments/local.env)."""

import re
from collections.abc import Mapping
from pathlib import Path

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


class EnvironmentFileError(Exception):
    """The file can't be read or does not say what is needed; the text names every problem, one a line."""


def read_environment(path: Path, *, given: Mapping[str, str], required: tuple[str, ...]) -> dict[str, str]:
    """All values of the file, `${NAME}` replaced by a value of `given` or of an earlier line.

    A line is empty, a comment that begins with `#`, or NAME=value; the value is everything after the first `=`, as it
    stands, quotes included. Raises EnvironmentFileError naming every wrong line and every required name with no value.
    """
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise EnvironmentFileError(f"can't read {path}: {error.strerror}") from error
    values: dict[str, str] = {}
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, text = line.partition("=")
        if not equals or not _NAME.fullmatch(name):
            problems.append(f"{path}:{number}: expected NAME=value, found {line!r}")
            continue
        try:
            values[name] = _expand(text, {**given, **values})
        except KeyError as error:
            problems.append(f"{path}:{number}: {name} refers to {error.args[0]}, which has no value before it")
    missing = [name for name in required if not values.get(name)]
    if missing and not problems:
        problems.append(f"{path} gives no value for {', '.join(missing)}")
    if problems:
        raise EnvironmentFileError("\n".join(problems))
    return values


def _expand(text: str, known: Mapping[str, str]) -> str:
    def value(reference: re.Match[str]) -> str:
        return known[reference[1]]

    return _REFERENCE.sub(value, text)

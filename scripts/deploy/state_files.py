"""Turns a ConfigMap, as JSON on standard input, into files: what scripts/sync-go-packages-state.sh does with the state.

Plain Python without the rest of the project: it runs where nothing is installed.
"""

import json
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Write the keys into the folder that the first argument names; returns the exit status."""
    folder = Path(sys.argv[1])
    data = json.load(sys.stdin).get("data") or {}
    if not data:
        print("sync-go-packages-state: the state is empty: nothing was published yet", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in data.items():
        _replace(folder / name, text)
        print(folder / name)
    for old in folder.glob("*.json"):
        if old.name not in data:
            old.unlink()
    return 0


def _replace(path: Path, text: str) -> None:
    """A reader of the file sees the old text or the new one, never a part."""
    if path.exists() and path.read_text() == text:
        return
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as file:
        file.write(text)
    Path(file.name).chmod(0o644)
    Path(file.name).rename(path)


if __name__ == "__main__":
    sys.exit(main())

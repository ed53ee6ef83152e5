"""What lies in a folder, to see whether a command changed anything."""

from pathlib import Path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below it, by its relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

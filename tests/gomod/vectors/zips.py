"""Zips and file trees of x/mod's own tests, with what x/mod makes of them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from gomod.gostrings import to_bytes
from tests.gomod.oracle import Oracle
from tests.gomod.vectors import harvest
from tests.gomod.zips import Member, zipped


def vectors(oracle: Oracle, folder: Path) -> list[list[object]]:
    """Rows of function, module path, version, files (name and contents), and x/mod's answer."""
    rows: list[list[object]] = []
    for archive in [*harvest.archives("zip/testdata/check_zip"), *harvest.archives("zip/testdata/unzip")]:
        path, version = archive.settings["path"], archive.settings["version"]
        target = folder / "some.zip"
        target.write_bytes(zip_of(archive.files))
        answer = oracle.ask_one("check_zip", path, version, str(target))
        rows.append(["check_zip", path, version, archive.files, answer.value])
    for archive in [*harvest.archives("zip/testdata/check_files"), *harvest.archives("zip/testdata/create")]:
        path, version = archive.settings.get("path", "example.com/m"), archive.settings.get("version", "v1.0.0")
        files = [[name, "file", len(to_bytes(content)), content] for name, content in archive.files]
        rows.append(["check_files", path, version, archive.files, oracle.ask_one("check_files", files).value])
        answer = oracle.ask_one("create", path, version, str(folder / "made.zip"), files)
        rows.append(["create", path, version, archive.files, answer.value if answer.ok else None])
    return rows


def zip_of(files: Iterable[Sequence[str]]) -> bytes:
    """An honest zip of the files, in order, even when a name stands twice."""
    return zipped([Member(to_bytes(name), to_bytes(content)) for name, content in files])

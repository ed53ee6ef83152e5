"""Making the zip of a module from its files, with the h1 that go computes for them (zip.Create, zip.CreateFromDir)."""

import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path

from gomod.errors import Unavailable, Violation
from gomod.limits import CHUNK_BYTES, MAX_ZIP_FILE
from gomod.modsource import Selection, SourceFile, select_files
from gomod.module import ModuleVersion
from gomod.sourcedirectory import list_directory
from gomod.violations import invalid_module
from gomod.zipdirectory import refuse
from gomod.zipnames import check_module

_EARLIEST = (1980, 1, 1, 0, 0, 0)


def create(destination: Path, module: ModuleVersion, files: Iterable[SourceFile]) -> Selection:
    """Write the zip of the files that belong into it, in the order given; the same files make the same bytes.

    Returns what was kept and left out. Raises InvalidModule with every violation, and Unavailable when a file can't be
    read or the zip not be written; then there is no zip.
    """
    check_module(module)
    selection = select_files(files)
    violations = [violation for _, violation in selection.invalid]
    if selection.too_large:
        violations.append(Violation("content-too-large", f"the files have more than {MAX_ZIP_FILE} bytes"))
    if violations:
        raise invalid_module(violations)
    try:
        _write(destination, f"{module}/", selection.kept)
    except OSError as error:
        raise Unavailable(f"the zip of {module} can't be made: {error}") from error
    return selection


def create_from_dir(destination: Path, module: ModuleVersion, directory: Path) -> Selection:
    """Write the zip of a module that lies in a directory, without what never belongs into one: VCS folders and so on.

    Returns and raises what `create` does.
    """
    files, omitted = list_directory(directory)
    selection = create(destination, module, files)
    selection.omitted += omitted
    return selection


def _write(destination: Path, prefix: str, files: list[SourceFile]) -> None:
    part = destination.with_name(f"{destination.name}.part")
    try:
        with zipfile.ZipFile(part, "x", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                _write_file(archive, f"{prefix}{file.path}", file)
        size = part.stat().st_size
        if size > MAX_ZIP_FILE:
            refuse("zip-too-large", f"the zip has {size} bytes; {MAX_ZIP_FILE} are allowed")
        part.replace(destination)
    finally:
        part.unlink(missing_ok=True)


def _write_file(archive: zipfile.ZipFile, name: str, file: SourceFile) -> None:
    header = zipfile.ZipInfo(name, _EARLIEST)
    header.compress_type = zipfile.ZIP_DEFLATED
    header.external_attr = (stat.S_IFREG | 0o644) << 16
    header.file_size = file.size
    written = 0
    with file.open() as source, archive.open(header, "w") as target:
        while data := source.read(CHUNK_BYTES):
            target.write(data)
            written += len(data)
            if written > file.size:
                break
    if written != file.size:
        refuse("file-changed", f"{file.path!r} has not the {file.size} bytes that it had when it was listed")

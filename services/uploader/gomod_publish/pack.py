"""Packing a module: its commit's tree becomes the version's info, mod and zip. The same commit, the same bytes."""

import tarfile
import tempfile
from pathlib import Path

from gomod.errors import NotFound
from gomod.info import format_info
from gomod.layout import file_name
from gomod.modzip import SourceFile, create
from gomod_publish.errors import NotPublishable
from gomod_publish.packed import Packed
from gomod_publish.source import Source
from gomod_publish.tree import FileFromMemory, archived_files


def pack(source: Source, out: Path) -> Packed:
    """Write the version's three files under `out`, in the layout of a module proxy, replacing those there.

    Raises InvalidModule naming every rule of module zips that the tree breaks, NotPublishable for a go.mod of which git
    archives other bytes than are committed.
    """
    module = source.module
    info, mod, zip_file = (out / file_name(module, kind) for kind in ("info", "mod", "zip"))
    info.parent.mkdir(parents=True, exist_ok=True)
    info.write_bytes(format_info(source.info))
    with tempfile.TemporaryDirectory(prefix="gomod-publish-pack-") as scratch:
        tar = Path(scratch, "tree.tar")
        source.tree.archive(source.commit, tar)
        with tarfile.open(tar, "r:", encoding="utf-8", errors="surrogateescape") as archive:
            files: list[SourceFile] = list(archived_files(archive, source.tree.subdir))
            mod.write_bytes(_go_mod(source, files))
            create(zip_file, module, files + _inherited_license(source, files))
    return Packed.read(out, module)


def _go_mod(source: Source, files: list[SourceFile]) -> bytes:
    """The go.mod, for which go takes the committed bytes, and for the one in the zip those of the archive.

    Where attributes make them differ, a build straight from the repository and one through a registry could not agree
    on go.sum: no version has both.
    """
    archived = next((file for file in files if file.path == "go.mod"), None)
    if archived is None:
        raise NotPublishable(
            "git leaves go.mod out of its archive: is there an attribute in .gitattributes that does so?"
        )
    with archived.open() as file:
        content = file.read()
    if content != source.tree.read(source.commit.hash, source.go_mod_name):
        raise NotPublishable(
            f"an attribute in .gitattributes has git archive {source.go_mod_name} with other bytes than are committed,"
            " and go takes the one for go.sum and the other for the zip: put the line `go.mod text eol=lf -ident`"
            " (`-text` keeps every byte as well) at the end of .gitattributes, and commit that"
        )
    return content


def _inherited_license(source: Source, files: list[SourceFile]) -> list[SourceFile]:
    """The repository's LICENSE for a module in a folder that has none of its own (cmd/go: codeRepo.Zip)."""
    if not source.tree.subdir or any(file.path == "LICENSE" for file in files):
        return []
    try:
        return [FileFromMemory("LICENSE", source.tree.read(source.commit.hash, "LICENSE"))]
    except NotFound:
        return []

"""What must hold of a volume after any crash."""

from pathlib import Path

from gomod.layout import Kind
from gomod_storage import index, version_folder
from gomod_storage.places import Places
from tests.storage.modules import Packed


def stored(root: Path, packed: Packed) -> dict[str, bytes] | None:
    """The files of a version's folder, None when it is absent. A folder that is neither whole nor absent is torn."""
    folder = root / packed.module.path / packed.module.version
    if not folder.exists():
        return None
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert sorted(files) == sorted(["go.mod", "source.zip", f"{packed.module.version}.info"]), f"torn: {files.keys()}"
    return files


def files_of(packed: Packed) -> dict[str, bytes]:
    """What `stored` gives for this very version."""
    return {"go.mod": packed.mod, "source.zip": packed.zip, f"{packed.module.version}.info": packed.info}


def assert_projected(root: Path, packed: Packed) -> None:
    """The version is served to static readers: the same bytes, and a line in the list. It is in the index, once."""
    places = Places(root)
    standing = stored(root, packed)
    assert standing is not None
    kinds: tuple[Kind, ...] = ("info", "mod", "zip")
    for kind in kinds:
        name = version_folder.file_name(packed.module.version, kind)
        assert places.projected(packed.module, kind).read_bytes() == standing[name]
    assert packed.module.version in places.projected_list(packed.module.path).read_text().splitlines()
    assert [entry.module for entry in index.read(places, None, 1000)].count(packed.module) == 1


def assert_not_projected(root: Path, packed: Packed) -> None:
    """Nothing of the version is served to static readers."""
    folder = Places(root).projected_list(packed.module.path).parent
    assert not folder.exists() or not list(folder.glob(f"{packed.module.version}.*"))


def assert_tidy(root: Path) -> None:
    """No staging folder, lock or half-deleted folder is left."""
    places = Places(root)
    assert list(places.staging.iterdir()) == []
    assert list(places.trash.iterdir()) == []

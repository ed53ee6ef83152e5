"""Trees that others fill: Athens on a disk, and a module cache."""

from pathlib import Path

from gomod.layout import file_name
from tests.storage.modules import Packed


def write_as_cache(root: Path, packed: Packed, *kinds: str) -> None:
    """Some files of a version (without kinds: all) where a module cache or a GOPROXY=file:// tree has them."""
    contents = {"info": packed.info, "mod": packed.mod, "zip": packed.zip}
    for kind in kinds or contents:
        file = root / file_name(packed.module, "info").replace(".info", f".{kind}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(contents[kind])

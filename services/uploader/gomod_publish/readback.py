"""Reading a published version back through the proxy, and comparing it with what was sent."""

import filecmp
import tempfile
from pathlib import Path
from typing import get_args

from gomod.errors import InvalidModule, Malformed, NotFound
from gomod.info import parse_info
from gomod.layout import Kind
from gomod.modzip import check_zip
from gomod_publish.errors import NotServed
from gomod_publish.packed import Packed
from gomod_publish.proxy import Proxy


def read_back(proxy: Proxy, packed: Packed, *, is_new: bool) -> bool:
    """Fetch the three files and compare them with what was sent. Raises NotServed, Refused, UpstreamError.

    Returns whether they are the same byte for byte. What is new must be; but where the same module stood before, its
    first bytes stand: a zip compressed by another zlib, an .info that names another branch. Then the hashes, the
    version and the time must be the same.
    """
    is_exact = True
    with tempfile.TemporaryDirectory(prefix="gomod-publish-readback-") as scratch:
        for kind in get_args(Kind):
            served = Path(scratch, kind)
            try:
                proxy.fetch(packed.module, kind, served)
            except NotFound as error:
                raise NotServed(f"{packed.module} was taken, but its {kind} is not served: {error}") from error
            if filecmp.cmp(packed.file(kind), served, shallow=False):
                continue
            if is_new or not _says_the_same(packed, kind, served):
                raise NotServed(
                    f"{proxy.url} serves another {kind} of {packed.module} than was sent: does every request but"
                    " /upload reach the proxy that belongs to this uploader?"
                )
            is_exact = False
    return is_exact


def _says_the_same(packed: Packed, kind: Kind, served: Path) -> bool:
    try:
        match kind:
            case "info":
                theirs = parse_info(served.read_bytes())
                return (theirs.version, theirs.time) == (packed.info.version, packed.info.time)
            case "mod":
                return False  # its bytes are what go.sum hashes
            case "zip":
                return check_zip(packed.module, served).h1 == packed.h1
    except (Malformed, InvalidModule):
        return False

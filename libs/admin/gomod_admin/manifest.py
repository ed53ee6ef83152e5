"""The manifest of a bundle: every file in it and its SHA-256, in the form that sha256sum checks."""

import re
from collections.abc import Mapping

from gomod_admin.errors import BadBundle

MANIFEST = "MANIFEST"
SIGNATURE = "MANIFEST.sig"
GO_SUM = "go.sum"

MAX_BYTES = 64 << 20
"""Of a manifest and of a go.sum: some 500,000 files."""

_LINE = re.compile("([0-9a-f]{64})  ([^\n]+)")


def format_manifest(digests: Mapping[str, str]) -> bytes:
    """One line a file, in the order of the mapping, which is that of the bundle."""
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode()


def parse_manifest(data: bytes) -> dict[str, str]:
    """Name → SHA-256. Raises BadBundle."""
    digests: dict[str, str] = {}
    for number, line in enumerate(data.decode(errors="replace").splitlines(), start=1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in digests:
            raise BadBundle(f"line {number} of its {MANIFEST} is none, or names a file for the second time")
        digests[match[2]] = match[1]
    return digests

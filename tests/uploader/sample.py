"""Small modules to upload, right ones and wrong ones."""

import io
import zipfile
from collections.abc import Mapping

MODULE = "go.corp.example/pay/api"
VERSION = "v1.2.3"


def zip_of(files: Mapping[str, bytes], prefix: str = f"{MODULE}@{VERSION}/") -> bytes:
    """A zip of these files, each name after the prefix; the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(prefix + name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def parts(
    module: str = MODULE, version: str = VERSION, *, body: bytes = b"package api\n", time: str = "2026-11-23T10:00:00Z"
) -> dict[str, bytes]:
    """The five parts of a right upload; `body` is what api.go holds."""
    go_mod = f"module {module}\n\ngo 1.23\n".encode()
    return {
        "module": module.encode(),
        "version": version.encode(),
        "info": f'{{"Version":"{version}","Time":"{time}"}}'.encode(),
        "mod": go_mod,
        "zip": zip_of({"go.mod": go_mod, "api.go": body}, f"{module}@{version}/"),
    }

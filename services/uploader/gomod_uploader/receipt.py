"""What a publisher gets back: enough to pin the version without downloading it.

As JSON:
    {
      "module": "go.corp.example/pay", "version": "v1.2.0", "time": "2026-11-23T10:00:00Z",
      "identical": false,
      "files": {"info": {"url": "https://…/@v/v1.2.0.info", "size": 53, "sha256": "…"}, "mod": {…}, "zip": {…}},
      "go_sum": ["go.corp.example/pay v1.2.0 h1:…=", "go.corp.example/pay v1.2.0/go.mod h1:…="],
      "warnings": [{"code": "file-large", "message": "model.bin has 6000000 bytes; …"}]
    }
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gomod.info import parse_info
from gomod.layout import Kind, file_name
from gomod.module import ModuleVersion
from gomod_storage.store import StoreReader
from gomod_uploader.parts import StagedFile
from gomod_uploader.receive import Submission
from gomod_uploader.remarks import Remark
from gomod_uploader.validate import Valid


@dataclass(frozen=True, slots=True)
class Receipt:
    """A version as it is stored now."""

    module: ModuleVersion
    time: datetime
    files: Mapping[Kind, StagedFile]
    h1: str
    go_mod_h1: str
    identical: bool  # it was there before, and so were its bytes
    warnings: tuple[Remark, ...]

    def document(self, public_url: str) -> dict[str, object]:
        """The receipt as JSON members; the URLs are those that clients read from."""
        module, version = self.module.path, self.module.version
        return {
            "module": module,
            "version": version,
            "time": f"{self.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "identical": self.identical,
            "files": {
                kind: {
                    "url": f"{public_url}/{file_name(self.module, kind)}",
                    "size": file.size,
                    "sha256": file.sha256,
                }
                for kind, file in self.files.items()
            },
            "go_sum": [f"{module} {version} {self.h1}", f"{module} {version}/go.mod {self.go_mod_h1}"],
            "warnings": [{"code": each.code, "message": each.message} for each in self.warnings],
        }


def published(submission: Submission, valid: Valid, warnings: tuple[Remark, ...]) -> Receipt:
    """The receipt for what was sent, and is stored now."""
    release, time = valid.release, valid.info.time
    return Receipt(release.module, time, submission.files, release.h1, release.go_mod_h1, False, warnings)


async def stored(valid: Valid, warnings: tuple[Remark, ...], store: StoreReader) -> Receipt:
    """The receipt for what stood before: the same module, but its zip may be packed in another way.

    Raises Unavailable.
    """
    release = valid.release
    module = release.module
    info = (await store.info(module)).data
    mod = (await store.mod(module)).data
    blob = await store.zip(module)
    digest = hashlib.sha256()
    async for chunk in blob.chunks(0, blob.size):
        digest.update(chunk)
    files: dict[Kind, StagedFile] = {
        "info": StagedFile(len(info), hashlib.sha256(info).hexdigest()),
        "mod": StagedFile(len(mod), hashlib.sha256(mod).hexdigest()),
        "zip": StagedFile(blob.size, digest.hexdigest()),
    }
    return Receipt(module, parse_info(info).time, files, release.h1, release.go_mod_h1, True, warnings)

"""Small modules for upload, sent as gomod-publish sends them but with bytes of the test's own choice."""

from dataclasses import dataclass

import httpx

from tests.e2e.registry import PRIVATE, Registry
from tests.goproxy_server import make_info, make_zip


@dataclass(frozen=True, slots=True)
class Upload:
    """A version's three files."""

    path: str
    version: str
    info: bytes
    mod: bytes
    zip: bytes

    @property
    def files(self) -> dict[str, bytes]:
        """By URL, as the proxy must serve them."""
        base = f"/{self.path}/@v/{self.version}"
        return {f"{base}.info": self.info, f"{base}.mod": self.mod, f"{base}.zip": self.zip}

    def send(self, registry: Registry, *, timeout: float = 60) -> httpx.Response:
        """POST it to the gateway's /upload."""
        return httpx.post(
            f"{registry.url}/upload",
            headers={"Authorization": f"Bearer {registry.token}"},
            data={"module": self.path, "version": self.version},
            files={"info": self.info, "mod": self.mod, "zip": self.zip},
            timeout=timeout,
            trust_env=False,
        )


def make_upload(name: str, version: str, content: bytes) -> Upload:
    """A valid version of the private module `name` whose only other file than go.mod holds `content`."""
    path = f"{PRIVATE}/{name}"
    mod = f"module {path}\n\ngo 1.21\n".encode()
    return Upload(path, version, make_info(version), mod, make_zip(path, version, {"go.mod": mod, "a.txt": content}))

"""A public module as the machine's own module mirror (`go env GOPROXY`) serves it, for a loopback upstream to offer."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.e2e.go import HELLO, Go, outer_goproxy_urls
from tests.goproxy_server import GoProxyServer


@dataclass(frozen=True, slots=True)
class PublicModule:
    """github.com/google/uuid v1.6.0, say, in a folder that `download` filled."""

    path: str
    version: str
    folder: Path

    @classmethod
    def found_in(cls, folder: Path) -> Self:
        """The one that is there already."""
        found = json.loads((folder / "found.json").read_text())
        return cls(found["Path"], found["Version"], folder)

    @classmethod
    def download(cls, path: str, version: str, folder: Path) -> Self:
        """Fetch a version that examples/hello/go.sum names, with the real go; its hashes are compared."""
        proxies = ",".join(outer_goproxy_urls())
        go = Go(folder / "modules", {"GOPROXY": proxies, "GOSUMDB": "off", "GOFLAGS": "-modcacherw"})
        printed = go.run("mod", "download", "-json", f"{path}@{version}", cwd=folder)
        (folder / "found.json").write_text(printed)
        found, known = json.loads(printed), (HELLO / "go.sum").read_text().splitlines()
        assert f"{path} {version} {found['Sum']}" in known
        assert f"{path} {version}/go.mod {found['GoModSum']}" in known
        return cls(path, version, folder)

    def offer(self, server: GoProxyServer) -> None:
        """Have a loopback upstream serve it."""
        found = json.loads((self.folder / "found.json").read_text())
        info, mod = (Path(found[key]).read_bytes() for key in ("Info", "GoMod"))
        server.add(self.path, self.version, info=info, mod=mod, zip_body=Path(found["Zip"]))

"""A world for tests of `direct`: a git host with passwords, a module on it, and proxies that read it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.local.venv import tool
from tests.git_servers.https import GitHost
from tests.git_servers.repositories import module_repository, publish
from tests.proxy.running import Running, environment, running
from tests.publish.repository import GitRepository

HOST = "git.corp.example"
MODULE = f"{HOST}/team/hello"
PASSWORD = "s3cret-of-the-git-host"


@dataclass(frozen=True)
class GitWorld:
    """The module `MODULE` at `host`, and where proxies that read it keep things."""

    host: GitHost
    repository: GitRepository
    folder: Path

    @property
    def volume(self) -> Path:
        return self.folder / "volume"

    @property
    def netrc(self) -> Path:
        return self.folder / "netrc"

    @property
    def temporary(self) -> Path:
        """TMPDIR of the proxies."""
        return self.folder / "temporary"

    def settings(self, upstreams: str = "direct", **changes: str) -> dict[str, str]:
        """What a proxy needs."""
        return environment(self.volume, upstreams, **{"GOMOD_NETRC_FILE": str(self.netrc), **changes})

    def proxy(self, upstreams: str = "direct", **changes: str) -> AbstractAsyncContextManager[Running]:
        """A proxy in this process."""
        return running(self.settings(upstreams, **changes))

    def publish(self, name: str = "team/hello") -> Path:
        """Bring the repository's commits to the host; returns where they are now."""
        bare = self.host.repositories / f"{name}.git"
        publish(self.repository, bare)
        return bare


@contextmanager
def git_world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitWorld]:
    """The world, and this process's environment set up to reach it."""
    repository = module_repository(folder / "repository", MODULE)
    with GitHost(folder / "host", HOST, login=("bot", PASSWORD)) as host:
        world = GitWorld(host, repository, folder)
        world.volume.mkdir()
        world.temporary.mkdir()
        world.netrc.write_text(f"machine {HOST} login bot password {PASSWORD}\n")
        world.publish()
        for name in ("NO_PROXY", "no_proxy", "https_proxy", "SSL_CERT_DIR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", host.proxy)
        monkeypatch.setenv("SSL_CERT_FILE", str(host.certificate))
        monkeypatch.setenv("PATH", f"{Path(tool('go')).parent}:{os.environ['PATH']}")
        monkeypatch.setenv("TMPDIR", str(world.temporary))
        monkeypatch.setattr(tempfile, "tempdir", str(world.temporary))  # this process has read TMPDIR before
        yield world

"""Git repositories for tests, made in a folder of the test's own, and the go command looking at them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GO = Path(sys.executable).with_name("go")


class GitRepository:
    """A repository whose every commit has a known author and time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seconds = 1_700_000_000
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Run git here and return what it prints."""
        return git(self.path, *arguments, seconds=self._seconds)

    def commit(self, files: Mapping[str, str | bytes], *tags: str) -> str:
        """Write the files, commit everything an hour after the commit before, tag that, and return its hash."""
        for name, content in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        self._seconds += 3600
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message=a change")
        for tag in tags:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD").strip()

    def merge(self, branch: str) -> str:
        """Merge a branch into the one that is checked out, with a commit of its own, and return its hash."""
        self._seconds += 3600
        self.git("merge", "--quiet", "--no-ff", "--strategy-option=ours", "--message=a merge", branch)
        return self.git("rev-parse", "HEAD").strip()

    def clone(self, path: Path, *arguments: str) -> Path:
        """A clone of it, by the network protocol so that --depth counts."""
        git(self.path, "clone", "--quiet", *arguments, self.path.as_uri(), str(path))
        return path


def git(folder: Path, *arguments: str, seconds: int = 1_700_000_000) -> str:
    """Run git in a folder and return what it prints."""
    date = {"GIT_AUTHOR_DATE": f"{seconds} +0200", "GIT_COMMITTER_DATE": f"{seconds} +0200"}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | date, check=True, capture_output=True, text=True
    )
    return done.stdout


@dataclass(frozen=True)
class GoAnswer:
    """What the go command made of a revision."""

    version: str
    time: str
    origin: dict[str, str]
    mod: bytes
    zip: Path
    h1: str


class DirectGo:
    """The go command with GOPROXY=direct, for which `https://<host>/<name>` is a repository on this machine."""

    def __init__(self, home: Path, url: str, repository: Path) -> None:
        home.mkdir()
        config = home / "gitconfig"
        config.write_text(f'[url "{repository.as_uri()}"]\n\tinsteadOf = {url}\n')
        self._home = home
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "GIT_CONFIG_GLOBAL": str(config),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GOPATH": str(home / "go"),
            "GOCACHE": str(home / "cache"),
            "GOENV": "off",
            "GOFLAGS": "-modcacherw",
            "GOPROXY": "direct",
            "GOPRIVATE": "*",
            "GOTOOLCHAIN": "local",
        }

    def list(self, module: str, query: str) -> dict[str, Any]:
        """What `go list -m -json` says of `module@query`."""
        return self._ask("list", "-m", "-json", f"{module}@{query}")

    def download(self, module: str, query: str) -> GoAnswer:
        """What `go mod download` makes of `module@query`."""
        told = self._ask("mod", "download", "-json", f"{module}@{query}")
        return GoAnswer(
            version=told["Version"],
            time=json.loads(Path(told["Info"]).read_bytes())["Time"],
            origin=told["Origin"],
            mod=Path(told["GoMod"]).read_bytes(),
            zip=Path(told["Zip"]),
            h1=told["Sum"],
        )

    def _ask(self, *arguments: str) -> dict[str, Any]:
        done = subprocess.run([GO, *arguments], cwd=self._home, env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

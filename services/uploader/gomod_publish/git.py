"""A git work tree, asked through the git command."""

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gomod.errors import NotFound
from gomod_publish.errors import NotPublishable

# Set inside a git hook, these would lead every call to the hook's repository (git rev-parse --local-env-vars).
_LOCATORS = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its whole hash and when it was committed (UTC)."""

    hash: str
    time: datetime


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A folder in the work tree of a git repository."""

    folder: Path
    subdir: str
    """The folder relative to the repository's root, with slashes; empty for the root itself."""

    @classmethod
    def around(cls, folder: Path) -> "WorkTree":
        """The work tree that `folder` lies in. Raises NotPublishable when there is none."""
        if not folder.is_dir():
            raise NotPublishable(f"{folder} is not a folder: give the folder that holds the module's go.mod")
        folder = folder.resolve()
        try:
            prefix = _text(_git(folder, "rev-parse", "--show-prefix"))
        except _GitFailed as error:
            raise NotPublishable(f"{folder} is not in a git work tree ({error}): versions come from commits") from error
        return cls(folder, prefix.removesuffix("\n").removesuffix("/"))

    def head(self) -> Commit:
        """The commit that is checked out. Raises NotPublishable when there is none yet."""
        try:
            out = _text(_git(self.folder, "log", "--no-show-signature", "-n1", "--format=%H %ct", "HEAD", "--"))
        except _GitFailed as error:
            raise NotPublishable(f"{self.folder} has no commit yet ({error}): commit the module first") from error
        commit, seconds = out.split()
        return Commit(commit, datetime.fromtimestamp(int(seconds), UTC))

    def branch(self) -> str:
        """The full name of the branch that is checked out, `refs/heads/main`; empty on a detached head."""
        try:
            return _name(_git(self.folder, "symbolic-ref", "--quiet", "HEAD")).strip()
        except _GitFailed:
            return ""

    def tags(self) -> dict[str, str]:
        """Every tag of the repository and the commit (or other object) that it stands for."""
        peeled = "%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)"
        out = _name(_git(self.folder, "for-each-ref", f"--format={peeled} %(refname:strip=2)", "refs/tags"))
        pairs = (line.split(" ", 1) for line in out.splitlines())
        return {name: target for target, name in pairs}

    def tags_before(self, commit: Commit) -> list[str]:
        """The tags on the commit and on all that it descends from."""
        merged = f"--merged={commit.hash}"
        return _name(_git(self.folder, "for-each-ref", merged, "--format=%(refname:strip=2)", "refs/tags")).splitlines()

    def is_shallow(self) -> bool:
        """Whether the clone was cut off, so that it does not know every commit before its head."""
        return _text(_git(self.folder, "rev-parse", "--is-shallow-repository")).strip() == "true"

    def origin_url(self) -> str:
        """The URL of the remote `origin` as configured; empty when there is none."""
        try:
            return _text(_git(self.folder, "config", "--get", "remote.origin.url")).strip()
        except _GitFailed:
            return ""

    def changes(self, *names: str) -> list[str]:
        """The files, by name from the repository's root, that differ from the commit or are in no commit.

        Looks at this folder and at `names` (from the root). Ignored files and submodules don't count: they are in no
        version either.
        """
        out = _git(
            self.folder,
            *("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all"),
            *("--", ".", *(f":(top,literal){name}" for name in names)),
        )
        return [_name(entry[3:]) for entry in out.split(b"\0") if entry]

    def read(self, revision: str, name: str) -> bytes:
        """A file's bytes in a revision, by name from the repository's root. Raises NotFound."""
        try:
            return _git(self.folder, "cat-file", "blob", f"{revision}:{name}")
        except _GitFailed as error:
            raise NotFound(f"{name} is not in {revision}") from error

    def archive(self, commit: Commit, destination: Path) -> None:
        """Write a tar of the folder's files in the commit, as the go command would archive them from a fresh clone.

        So not with this clone's attributes, filters and line endings, nor those of whoever runs this: a throw-away
        repository over the same objects stands in, with export-subst and export-ignore off (cmd/go:
        ensureGitAttributes). Names are from the repository's root. Raises NotPublishable.
        """
        try:
            self._archive(commit, destination)
        except _GitFailed:
            try:
                # A partial clone fetches the files that it left out, but only when it is asked itself.
                _git(self.folder, "archive", "--format=tar", commit.hash, stdout=subprocess.DEVNULL)
                self._archive(commit, destination)
            except _GitFailed as error:
                raise NotPublishable(f"git could not archive {commit.hash}: {error}") from error

    def _archive(self, commit: Commit, destination: Path) -> None:
        objects = _text(_git(self.folder, "rev-parse", "--git-path", "objects")).removesuffix("\n")
        object_format = _text(_git(self.folder, "rev-parse", "--show-object-format")).strip()
        with tempfile.TemporaryDirectory(prefix="gomod-publish-git-") as bare, destination.open("wb") as tar:
            alone = {
                "GIT_DIR": bare,
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_COUNT": "0",
                "GIT_CONFIG_PARAMETERS": "",
                "GIT_ATTR_NOSYSTEM": "1",
                "GIT_LITERAL_PATHSPECS": "1",
            }
            _git(self.folder, "init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", env=alone)
            info = Path(bare, "info")
            info.mkdir(exist_ok=True)
            (info / "attributes").write_text("* -export-subst -export-ignore\n")
            alone["GIT_OBJECT_DIRECTORY"] = str(self.folder / objects)
            command = ("-c", f"core.attributesFile={os.devnull}", "-c", "core.autocrlf=input", "-c", "core.eol=lf")
            wanted = ("archive", "--format=tar", "--", commit.hash, *((self.subdir,) if self.subdir else ()))
            _git(Path(bare), *command, *wanted, env=alone, stdout=tar.fileno())


class _GitFailed(NotPublishable):
    """git said no; the text is the last line that it wrote."""


def _git(folder: Path, *arguments: str, env: Mapping[str, str] | None = None, stdout: int = subprocess.PIPE) -> bytes:
    inherited = {name: value for name, value in os.environ.items() if name not in _LOCATORS}
    # Never refresh the index: reading must not write. Replaced objects exist only here: nobody else's clone has them.
    settled = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=inherited | settled | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=True,
        )
    except FileNotFoundError as error:
        raise NotPublishable("there is no git command: install git") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise _GitFailed(said[-1] if said else f"git {arguments[0]} ended with {error.returncode}") from error
    return done.stdout or b""


def _text(data: bytes) -> str:
    return os.fsdecode(data)


def _name(data: bytes) -> str:
    """A name that is told to people, or to JSON as go would: git lets it be any bytes."""
    return data.decode(errors="replace")

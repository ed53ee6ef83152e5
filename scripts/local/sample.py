"""The sample module in a git repository of its own, the same commit on every machine."""

import os
import shutil
import subprocess
from pathlib import Path

FIRST_VERSION = "v1.0.0"
FIRST_DATE = "2025-01-01T00:00:00Z"

# Nothing of the developer's own git: no signing, no hooks, no templates, no other identity.
_GIT_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "scripts/up",
    "GIT_AUTHOR_EMAIL": "up@localhost",
    "GIT_COMMITTER_NAME": "scripts/up",
    "GIT_COMMITTER_EMAIL": "up@localhost",
}


class SampleError(Exception):
    """git could not do its part."""


def prepare(sample: Path, repository: Path) -> None:
    """Make or update `repository` from the files of `sample`.

    Its first commit has a fixed date and the tag v1.0.0, so the bytes published first are the same everywhere; each
    later difference in the sample is a commit of its own, which Go names by a pseudo-version. Raises SampleError.
    """
    repository.mkdir(parents=True, exist_ok=True)
    if not (repository / ".git").is_dir():
        _git(repository, "-c", "init.defaultBranch=main", "init", "--quiet", "--template=")
    _mirror(sample, repository)
    _git(repository, "add", "--all", "--force")
    first = _git(repository, "rev-list", "--all", "--max-count=1") == ""
    if _git(repository, "status", "--porcelain") != "":
        date = {"GIT_AUTHOR_DATE": FIRST_DATE, "GIT_COMMITTER_DATE": FIRST_DATE} if first else {}
        _git(repository, "commit", "--quiet", "--message", "The sample module", **date)
    root = _git(repository, "rev-list", "--max-parents=0", "HEAD")
    _git(repository, "tag", "--force", FIRST_VERSION, root)


def _mirror(sample: Path, repository: Path) -> None:
    for old in repository.iterdir():
        if old.name == ".git":
            continue
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()
    shutil.copytree(sample, repository, dirs_exist_ok=True)


def _git(repository: Path, *arguments: str, **variables: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        ended = subprocess.run(
            ["git", *arguments],
            cwd=repository,
            env=kept | _GIT_ENVIRONMENT | variables,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise SampleError("the git command is needed, and not on the PATH") from error
    if ended.returncode != 0:
        raise SampleError(f"git {' '.join(arguments)} failed: {ended.stderr.strip()}")
    return ended.stdout.strip()

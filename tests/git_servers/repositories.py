"""Git repositories with a module in them."""

from pathlib import Path

from tests.publish.repository import GitRepository, git


def empty_repository(folder: Path) -> GitRepository:
    """A repository without a commit, whose commits will have an author."""
    repository = GitRepository(folder)
    repository.git("config", "user.name", "Ann Author")
    repository.git("config", "user.email", "ann@example.test")
    return repository


def module_repository(folder: Path, path: str) -> GitRepository:
    """A repository with v1.0.0, v1.1.0-rc.1 and, on the branch main, an untagged commit of the module."""
    repository = empty_repository(folder)
    repository.commit({"go.mod": f"module {path}\n\ngo 1.21\n", "hello.go": HELLO}, "v1.0.0")
    repository.commit({"hello.go": HELLO.replace("1.0.0", "1.1.0")}, "v1.1.0-rc.1")
    repository.commit({"hello.go": HELLO.replace("1.0.0", "main")})
    return repository


HELLO = """\
// Package hello says which version it is.
package hello

// Version is this one.
const Version = "1.0.0"
"""


def publish(repository: GitRepository, bare: Path) -> None:
    """Bring what the repository has to where a server has it."""
    bare.parent.mkdir(parents=True, exist_ok=True)
    if not bare.exists():
        git(repository.path, "clone", "--quiet", "--bare", str(repository.path), str(bare))
    git(repository.path, "push", "--quiet", "--force", "--tags", str(bare), "main")

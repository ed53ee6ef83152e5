"""Which version a commit is, as the go command would compute it (cmd/go: modfetch.codeRepo.convert)."""

from collections.abc import Callable, Iterable

from gomod import semver
from gomod.errors import InvalidVersion
from gomod.module import check_path_major, path_major_prefix
from gomod.pseudo import is_pseudo_version, pseudo_version
from gomod_publish.git import Commit

REVISION_DIGITS = 12  # of the commit's hash, SHA-1 or SHA-256, in a pseudo-version


def tag_version(tag: str) -> str:
    """The version that a tag (without its folder prefix) stands for; empty when it stands for none.

    `v1.2.3+meta` stands for v1.2.3, though it is no release: it can only be the base of a pseudo-version. `v1.2` and
    whatever looks like a pseudo-version stand for nothing.
    """
    version = semver.canonical(tag)
    return version if version and tag.startswith(version) and not is_pseudo_version(tag) else ""


def is_of_major(version: str, path_major: str) -> bool:
    """Whether a module path that ends in `path_major` (`/v2`, `.v2` or nothing) may have this version."""
    try:
        check_path_major(version, path_major)
    except InvalidVersion:
        return False
    return True


def releases(tags: Iterable[str], path_major: str) -> list[str]:
    """The versions among a module's tags, in semver order."""
    return semver.sort(tag for tag in tags if tag_version(tag) == tag and is_of_major(tag, path_major))


def version_at(
    commit: Commit,
    path_major: str,
    *,
    tags_on: Iterable[str],
    tags_before: Iterable[str],
    is_retracted: Callable[[str], bool],
) -> str:
    """The version of a module at a commit: its highest release tag, else a pseudo-version after the highest before it.

    Tags come without the module's folder prefix; `tags_before` includes those on the commit itself. A retracted
    version is no base and yields to any other tag on the commit. Alone there it is what is to be published: a release
    whose only purpose is to retract retracts itself too, and clients must be able to read it.
    """
    here = releases(tags_on, path_major)
    kept = [version for version in here if not is_retracted(version)]
    if here:
        return (kept or here)[-1]
    bases = {tag_version(tag) for tag in tags_before} - {""}
    allowed = [base for base in bases if is_of_major(base, path_major) and not is_retracted(base)]
    older = semver.sort(allowed)[-1] if allowed else ""
    return pseudo_version(path_major_prefix(path_major), older, commit.time, commit.hash[:REVISION_DIGITS])

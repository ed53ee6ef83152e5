"""Which of a module's versions is the latest."""

from collections.abc import Iterable

from gomod import semver
from gomod.pseudo import is_pseudo_version, pseudo_version_stamp


def latest(versions: Iterable[str]) -> str | None:
    """The newest release, else the newest prerelease, else the pseudo-version of the latest time; None without any.

    What is no semantic version is passed over, as the go command does with such lines of a list.
    """
    valid = [v for v in semver.sort(versions) if semver.is_valid(v)]
    releases = [v for v in valid if not semver.prerelease(v)]
    pseudo = [v for v in valid if is_pseudo_version(v)]
    prereleases = [v for v in valid if semver.prerelease(v) and not is_pseudo_version(v)]
    if tagged := releases or prereleases:
        return tagged[-1]
    # Pseudo-versions of one module differ in their base; only their times say which commit is newer.
    return max(reversed(pseudo), key=pseudo_version_stamp, default=None)

"""A module as it lies in a git work tree: what it is called, and which version its commit is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gomod import modfile, semver
from gomod.errors import InvalidGoMod, InvalidPath, NotFound
from gomod.info import Info, Origin
from gomod.module import ModuleVersion, check_path, split_path_version
from gomod.pseudo import is_pseudo_version
from gomod_publish.errors import NotPublishable
from gomod_publish.git import Commit, WorkTree
from gomod_publish.origin import public_url, tag_sum
from gomod_publish.place import Place
from gomod_publish.version import releases, version_at

SHOWN_CHANGES = 20  # of the files that a refusal lists


@dataclass(frozen=True, slots=True)
class Source:
    """One module at the commit that is checked out, clean and with its version known."""

    tree: WorkTree
    commit: Commit
    module: ModuleVersion
    origin: Origin
    ignored_tags: str
    """A remark when the commit has tags but none is a release of the module; empty when there is nothing to say."""

    @property
    def info(self) -> Info:
        """What the version's .info says."""
        return Info(self.module.version, self.commit.time, self.origin)

    @property
    def go_mod_name(self) -> str:
        """The name of its go.mod from the repository's root."""
        return _go_mod_name(self.tree)


def read_source(folder: Path) -> Source:
    """Find out what `folder` would be published as.

    Raises NotPublishable, saying what to do, when that is nothing: no git work tree, no go.mod, changes that are not
    committed, a clone too shallow to know; InvalidGoMod for a go.mod that no consumer could read, InvalidPath for a
    module path that breaks the rules.
    """
    tree = WorkTree.around(folder)
    commit = tree.head()
    path = _module_path(tree, commit)
    _refuse_changes(tree, path)
    place = Place.of(path, tree.subdir)
    tags = tree.tags()
    tags_here = [name for name, target in tags.items() if target == commit.hash]
    tags_on = place.own(tags_here)
    if tree.is_shallow() and not releases(tags_on, place.path_major):
        raise NotPublishable(
            f"{path}: commit {commit.hash[:12]} has no release tag, and this clone is shallow, so the tags before it"
            " are not known: run `git fetch --unshallow --tags` first (in a GitHub workflow: `fetch-depth: 0`)"
        )
    version = version_at(
        commit,
        place.path_major,
        tags_on=tags_on,
        tags_before=place.own(tree.tags_before(commit)),
        is_retracted=_retractions(tree, place, tags),
    )
    return Source(
        tree=tree,
        commit=commit,
        module=ModuleVersion(path, version),
        origin=_origin(tree, commit, place, version, tags),
        ignored_tags=_ignored(tags_here, place, version),
    )


def _module_path(tree: WorkTree, commit: Commit) -> str:
    name = _go_mod_name(tree)
    try:
        path = modfile.parse_lax(tree.read(commit.hash, name), name=name).module
    except NotFound as error:
        raise NotPublishable(
            f"{tree.folder} has no go.mod in commit {commit.hash[:12]}: run `go mod init <module path>` there and"
            " commit it, or give the folder that holds the module's go.mod"
        ) from error
    if not path:
        raise NotPublishable(f"{name} has no module line: it must say `module <module path>`")
    check_path(path)
    return path


def _go_mod_name(tree: WorkTree) -> str:
    return f"{tree.subdir}/go.mod" if tree.subdir else "go.mod"


def _refuse_changes(tree: WorkTree, path: str) -> None:
    # The root's LICENSE goes into a module that has none.
    changes = tree.changes("LICENSE")
    if not changes:
        return
    shown = [*changes[:SHOWN_CHANGES], *([f"and {len(changes) - SHOWN_CHANGES} more"] * (len(changes) > SHOWN_CHANGES))]
    raise NotPublishable(f"{path}: the work tree differs from its commit: commit, remove or ignore {', '.join(shown)}")


def _retractions(tree: WorkTree, place: Place, tags: dict[str, str]) -> Callable[[str], bool]:
    """Which versions are retracted, by the go.mod of the highest release: its author knew most."""
    versions = releases(place.own(tags), place.path_major)
    highest = next((version for version in reversed(versions) if not semver.prerelease(version)), "")
    intervals = _read_retractions(tree, place, highest or versions[-1]) if versions else ()
    return lambda version: any(
        semver.compare(each.low, version) <= 0 <= semver.compare(each.high, version) for each in intervals
    )


def _read_retractions(tree: WorkTree, place: Place, version: str) -> tuple[modfile.Retract, ...]:
    for name in place.go_mod_names:
        try:
            go_mod = modfile.parse_lax(tree.read(f"refs/tags/{place.tag_prefix}{version}", name))
            if split_path_version(go_mod.module)[1] == place.path_major:
                return tuple(go_mod.retract)
        except (NotFound, InvalidGoMod, InvalidPath):
            continue
    return ()


def _ignored(tags_here: list[str], place: Place, version: str) -> str:
    if not tags_here or not is_pseudo_version(version):
        return ""
    return f"not a release, despite {', '.join(tags_here)}: its tags look like {place.sample_tag}"


def _origin(tree: WorkTree, commit: Commit, place: Place, version: str, tags: dict[str, str]) -> Origin:
    """As `go mod download -json` tells it of the tag, or of the branch that is checked out."""
    place_in_history = Origin(
        vcs="git", url=public_url(tree.origin_url()), subdir=place.code_dir, hash=commit.hash, ref=tree.branch()
    )
    if not is_pseudo_version(version):
        return replace(place_in_history, ref=f"refs/tags/{place.tag_prefix}{version}")
    return replace(place_in_history, tag_prefix=place.decisive_tags, tag_sum=tag_sum(tags, place.decisive_tags))

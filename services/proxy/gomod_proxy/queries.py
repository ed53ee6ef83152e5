"""What a query for one of the stored versions means: `latest`, `v1`, a branch, a tag or a commit."""

import re

from gomod.errors import Malformed, NotFound
from gomod.info import Info, parse_info
from gomod.module import ModuleVersion, canonical_version
from gomod.pseudo import is_pseudo_version, pseudo_version_rev
from gomod.versions import latest
from gomod_storage import StoreReader

_SHORTHAND = re.compile(r"v[0-9]+(\.[0-9]+)?")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")  # fewer digits are a name, says cmd/go (codehost.MinHashDigits)


async def resolve(store: StoreReader, path: str, versions: list[str], query: str) -> str:
    """The version among `versions` that `query` means. Raises NotFound.

    Branches, and commits that have a tag, are looked up in what the publisher wrote into each version's Origin, so they
    cost a read of every .info of the module; names, prefixes and pseudo-versions cost none.
    """
    found = _by_name(versions, query) or await _by_origin(store, path, versions, query)
    if found is None:
        raise NotFound(
            f"{path}@{query}: matches no version that is stored here, neither by name nor by the branch, tag or commit "
            "that it was published from"
        )
    return found


def _by_name(versions: list[str], query: str) -> str | None:
    if query == "latest":
        return latest(versions)
    if _SHORTHAND.fullmatch(query):
        return latest(version for version in versions if version.startswith(f"{query}."))
    canonical = canonical_version(query)  # of v1.2.3+metadata; and v2.0.0 may be stored as v2.0.0+incompatible
    return next((each for each in (canonical, f"{canonical}+incompatible") if each in versions), None)


async def _by_origin(store: StoreReader, path: str, versions: list[str], query: str) -> str | None:
    infos = [info for version in versions if (info := await _info(store, ModuleVersion(path, version))) is not None]
    refs = {query, f"refs/heads/{query}", f"refs/tags/{query}"}
    at_ref = [info for info in infos if info.origin is not None and info.origin.ref in refs]
    if at_ref:
        return max(at_ref, key=lambda info: info.time).version
    if not _COMMIT.fullmatch(query):
        return None
    return latest(info.version for info in infos if _is_commit(info, query))


async def _info(store: StoreReader, module: ModuleVersion) -> Info | None:
    try:
        return parse_info((await store.info(module)).data)
    except (Malformed, NotFound):  # a volume that others filled may hold anything; versions may be withdrawn meanwhile
        return None


def _is_commit(info: Info, commit: str) -> bool:
    if info.origin is not None and info.origin.hash.startswith(commit):
        return True
    if not is_pseudo_version(info.version):
        return False
    revision = pseudo_version_rev(info.version)
    return revision.startswith(commit) or commit.startswith(revision)

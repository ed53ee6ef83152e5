"""What a module requires of our own modules, held against what is published here."""

from collections.abc import AsyncIterator

from gomod import modfile, semver
from gomod.errors import Damaged, InvalidGoMod, Malformed, NotFound
from gomod.modfile import GoMod, Retract
from gomod.module import ModuleVersion, match_prefix_patterns
from gomod.versions import latest
from gomod_storage.store import ModuleStore, StoreReader
from gomod_uploader.remarks import Remark

_MOST = 100
"""How many requirements are looked up: each asks the store, and a go.mod may have any number."""


async def remarks_on_requirements(go_mod: bytes, store: ModuleStore, private_patterns: str) -> AsyncIterator[Remark]:
    """Remarks on required versions of our own modules that are absent, retracted or withdrawn. Raises Unavailable.

    Of public modules nothing can be said: the uploader asks no upstream.
    """
    required = [require.module for require in modfile.parse_lax(go_mod).require]
    ours = [module for module in required if match_prefix_patterns(private_patterns, module.path)]
    for module in ours[:_MOST]:
        published = await _published(module.path, store)
        if module.version not in published:
            yield await _why_not_listed(module, store)
        retraction = await _retraction(module, published, store)
        if retraction is not None:
            why = f": {retraction.rationale}" if retraction.rationale else ""
            yield Remark("requirement-retracted", f"go.mod requires {module}, which is retracted{why}")


async def _published(path: str, store: StoreReader) -> list[str]:
    try:
        return await store.versions(path)
    except Malformed:  # go.mod may name what no store can have
        return []


async def _why_not_listed(module: ModuleVersion, store: ModuleStore) -> Remark:
    try:
        withdrawal = await store.withdrawal(module)
    except (NotFound, Malformed):
        return Remark("requirement-absent", f"go.mod requires {module}, which is not published here")
    return Remark("requirement-withdrawn", f"go.mod requires {module}, which is withdrawn: {withdrawal.reason}")


async def _retraction(module: ModuleVersion, published: list[str], store: StoreReader) -> Retract | None:
    """Retractions stand in the go.mod of a module's latest version, as the go command reads them."""
    newest = latest(published)
    if newest is None:
        return None
    for retract in (await _go_mod(ModuleVersion(module.path, newest), store)).retract:
        if semver.compare(retract.low, module.version) <= 0 <= semver.compare(retract.high, module.version):
            return retract
    return None


async def _go_mod(module: ModuleVersion, store: StoreReader) -> GoMod:
    try:
        return modfile.parse_lax((await store.mod(module)).data)
    except (InvalidGoMod, NotFound, Damaged):  # a version that another program stored, one just removed or rotten
        return GoMod()

"""Takes the versions of a foreign tree into a store, one after the other: what is valid, and nothing else."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from enum import StrEnum

from anyio import to_thread

from gomod.dirhash import hash_go_mod
from gomod.errors import (
    AlreadyExists,
    Forbidden,
    InvalidModule,
    Malformed,
    NotFound,
    RegistryError,
    StoreFull,
    Unavailable,
    UpstreamError,
    Violation,
)
from gomod.module import ModuleVersion
from gomod_admin import check
from gomod_admin.errors import NotTaken
from gomod_admin.foreign import Foreign
from gomod_admin.gosum import GoSum
from gomod_admin.publishing import publish
from gomod_admin.standing import PART_KINDS, same_bytes
from gomod_proxy.checks import Checks
from gomod_proxy.own import OwnModules
from gomod_storage import ModuleStore, PartKind, Release, Staging


class Outcome(StrEnum):
    """What became of a version."""

    TAKEN = "taken"
    IDENTICAL = "identical"  # the same module, or the same single files, stood already
    PART = "part"  # its .info or go.mod alone, for its zip was not there
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a version, and why it was refused."""

    module: ModuleVersion
    ours: bool
    outcome: Outcome
    faults: tuple[Violation, ...] = ()


class Intake:
    """Into one store, by the rules for our own modules and by those for public ones."""

    def __init__(self, store: ModuleStore, own_modules: OwnModules, go_sum: GoSum, checks: Checks) -> None:
        """What `go_sum` has on record must have these hashes; of the rest, what is public must pass `checks`."""
        self._store = store
        self._own_modules = own_modules
        self._go_sum = go_sum
        self._checks = checks

    async def take(self, tree: Iterable[Foreign]) -> AsyncIterator[Verdict]:
        """A verdict on each version. Raises StoreFull and Unavailable when the store can't go on."""
        for foreign in tree:
            ours = self._own_modules.owns(foreign.module.path)
            try:
                outcome = await self._take(foreign, ours)
            except StoreFull:
                raise
            except (AlreadyExists, Forbidden, InvalidModule, Malformed, NotTaken, Unavailable, UpstreamError) as error:
                if isinstance(error, Unavailable):
                    await self._store.ready()  # raises when it is the store, and not what stands there of this version
                yield Verdict(foreign.module, ours, Outcome.REFUSED, _faults(error))
            else:
                yield Verdict(foreign.module, ours, outcome)

    async def _take(self, foreign: Foreign, ours: bool) -> Outcome:
        module = foreign.module
        check.check_name(module)
        if "zip" not in foreign.files and foreign.parted and not ours:
            return await self._take_parts(foreign)
        if foreign.missing:
            # go fetches no .info for what it only builds.
            hint = f"; `go mod download {module}` brings it" if foreign.parted and foreign.missing == ["info"] else ""
            raise NotTaken("torn", f"it has no {' and no '.join(foreign.missing)}{hint}")
        if module not in self._go_sum.zips and await same_bytes(self._store, foreign):
            return Outcome.IDENTICAL
        async with self._store.stage() as staging:
            release = await to_thread.run_sync(self._stage, foreign, staging, ours)
            if not ours and module not in self._go_sum.zips:
                _require(await self._checks.zip(module, release.h1, release.go_mod_h1))
            is_new = await (publish(self._store, release) if ours else self._store.commit(release))
            return Outcome.TAKEN if is_new else Outcome.IDENTICAL

    def _stage(self, foreign: Foreign, staging: Staging, ours: bool) -> Release:
        """Copy first and judge the copy: what is judged is what is committed."""
        foreign.copy("info", staging.info)
        foreign.copy("mod", staging.mod)
        foreign.copy("zip", staging.zip)
        release = (check.check_own if ours else check.check_public)(foreign.module, staging)
        check.compare(self._go_sum, "zip", release.module, release.h1)
        check.compare(self._go_sum, "mod", release.module, release.go_mod_h1)
        return release

    async def _take_parts(self, foreign: Foreign) -> Outcome:
        kinds = [kind for kind in PART_KINDS if kind in foreign.files]
        taken = [await self._take_part(foreign, kind) for kind in kinds]
        return Outcome.PART if any(taken) else Outcome.IDENTICAL

    async def _take_part(self, foreign: Foreign, kind: PartKind) -> bool:
        """Whether it was not there before. Raises NotTaken when another go.mod is there."""
        module = foreign.module
        data = await to_thread.run_sync(foreign.read, kind)
        if kind == "info":
            check.check_info(module, data)
        else:
            check.check_go_mod(data)
            check.compare(self._go_sum, "mod", module, hash_go_mod(data))
            if module not in self._go_sum.go_mods:
                _require(await self._checks.go_mod(module, hash_go_mod(data)))
        try:
            stored = await self._store.document(module, kind)
        except NotFound:
            await self._store.keep_part(module, kind, data)
            return True
        if kind == "mod" and stored.data != data:
            raise NotTaken("conflict", "another go.mod is stored, and stays as it is")
        return False


def _require(checked: bool) -> None:
    if not checked:
        raise NotTaken("not-checked", "the checksum database can't be asked about it now; try again later")


def _faults(error: RegistryError) -> tuple[Violation, ...]:
    if isinstance(error, InvalidModule):
        return error.violations
    if isinstance(error, NotTaken):
        return (Violation(error.code, str(error)),)
    codes = {
        AlreadyExists: "conflict",
        Forbidden: "not-storable",
        Malformed: "malformed",
        Unavailable: "store",
        UpstreamError: "checksum-mismatch",
    }
    return (Violation(next(code for family, code in codes.items() if isinstance(error, family)), str(error)),)

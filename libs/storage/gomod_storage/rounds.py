"""The scrub in rounds, one a day at most: a restart, or another replica, goes on where a round stopped."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import structlog

from gomod.errors import NotFound, Unavailable
from gomod.module import ModuleVersion
from gomod_storage import scrub
from gomod_storage.caretaker import Caretaker
from gomod_storage.examine import Finding
from gomod_storage.pace import Pace
from gomod_storage.scrub import IsOwn

log = structlog.get_logger(__name__)

Tell = Callable[[ModuleVersion, Finding | None, str], None]
"""Called for every version that was read, with what is the matter and what was done about it; empty for nothing."""

ROUND_SECONDS = 24 * 3600.0
"""From the beginning of one round to that of the next."""

MOST_TAKEN = 10
"""So many versions a round takes out of service. More damage than that is a broken controller, memory or program of
ours: then all of it is told and the rest stays, for somebody to look at (`gomod-admin fsck --repair` has no limit)."""

_NAME = "scrub/round"
_SAVE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Round:
    """Where the scrub stands. Times are in seconds since the epoch, 0 for what was never."""

    began: float = 0.0
    over: bool = True
    path: str = ""  # of the version that was read last, empty when there is none
    version: str = ""
    whole: float = 0.0  # when the last one began that read everything

    @property
    def after(self) -> ModuleVersion | None:
        """Where to go on."""
        return ModuleVersion(self.path, self.version) if self.path else None

    @property
    def since(self) -> float:
        """What is older than this was read since; 0 when nothing was ever read."""
        return self.whole or self.began


async def find(caretaker: Caretaker) -> Round:
    """The newest round. Raises Unavailable."""
    try:
        return Round(**json.loads(await caretaker.kept(_NAME)))
    except (NotFound, ValueError, TypeError):
        return Round()  # never, or cut short by a loss of power: it begins anew


async def go_on(caretaker: Caretaker, is_own: IsOwn, pace: Pace, tell: Tell) -> None:
    """Do what is left of the round, or the next one when it is time; else nothing. Raises StoreFull and Unavailable.

    The caller sees to it that there is one of these at a time.
    """
    round_ = await find(caretaker)
    if not is_due(round_):
        return
    if round_.over:
        round_ = Round(began=time.time(), over=False, whole=round_.whole)
        await _save(caretaker, round_)
    saved = time.monotonic()
    taken = 0
    async for module, finding in caretaker.scrub(pace, round_.after):
        done = ""
        takes = finding is not None and finding.problem in scrub.TAKEN_AWAY
        if not takes or taken < MOST_TAKEN:
            try:
                done = await caretaker.mend((module, finding), is_own)
                taken += takes
            except Unavailable as error:
                # The next round tries again. Ended here, none would ever come to what follows.
                log.warning("scrub_not_mended", module=str(module), error=str(error))
        tell(module, finding, done)
        if time.monotonic() > saved + _SAVE_SECONDS:
            saved = time.monotonic()
            await _save(caretaker, replace(round_, path=module.path, version=module.version))
    await _save(caretaker, replace(round_, over=True, whole=round_.began, path="", version=""))


def is_due(round_: Round) -> bool:
    """Whether there is something to do."""
    return not round_.over or time.time() >= round_.began + ROUND_SECONDS


async def _save(caretaker: Caretaker, round_: Round) -> None:
    await caretaker.keep(_NAME, json.dumps(asdict(round_)).encode())

"""The command `fsck`: every stored version held to its hashes on record, and what is done about those that differ."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import anyio
import typer

from gomod.errors import Unavailable
from gomod_admin.command import EnvFile, Json, reporting
from gomod_admin.exits import Exit
from gomod_admin.report import Report
from gomod_admin.settings import StoreSettings, open_named_caretaker, read_environ
from gomod_proxy.own import OwnModules
from gomod_service.settings import read_settings
from gomod_storage.caretaker import Caretaker
from gomod_storage.examine import HARMLESS, Finding
from gomod_storage.pace import at_once
from gomod_storage.scrub import IsOwn

Step = Callable[[str], None]


def fsck_command(
    repair: Annotated[
        bool, typer.Option("--repair", help="Put what is damaged into quarantine, and mend what can be mended.")
    ] = False,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Read every stored version and hold it to its hashes on record; changes nothing unless told to.

    With --repair a damaged public version is fetched again when it is asked for, and a damaged one of our own answers
    503 until the same content is published again; the bytes are kept in quarantine. Runs beside the services.
    """
    with reporting(as_json) as report:
        settings = read_settings(StoreSettings, read_environ(env_file))
        checkup = _Checkup(report)
        caretaker = open_named_caretaker(settings.storage_url)
        is_own = OwnModules(settings.private_patterns).owns
        with report.progress("checking") as step:
            anyio.run(partial(_check, caretaker, is_own, checkup, step, repair=repair))
        checkup.tell(repair=repair)
    if checkup.faults:
        raise typer.Exit(Exit.FAILED)


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding, and what was done about it; empty when that is nothing."""

    finding: Finding
    done: str
    trouble: str  # why it could not be done

    @property
    def is_fault(self) -> bool:
        """Whether somebody has to look."""
        return bool(self.trouble) or self.finding.problem not in HARMLESS

    def line(self) -> str:
        """For people."""
        done = f"; {self.done}" if self.done else ""
        if self.trouble:
            done = f"; not mended: {self.trouble}"
        return f"{self.finding.problem} {self.finding.module}: {self.finding.detail}{done}"

    def document(self) -> dict[str, object]:
        """For a machine."""
        module = self.finding.module
        names = {"module": module.path, "version": module.version}
        facts = {"problem": self.finding.problem, "detail": self.finding.detail}
        return {**names, **facts, "done": self.done, "trouble": self.trouble}


class _Checkup:
    """What was read and found so far."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._checked = 0
        self._found: list[_Found] = []

    @property
    def faults(self) -> int:
        """How many versions somebody has to look at."""
        return sum(each.is_fault for each in self._found)

    def saw(self, finding: Finding | None, done: str, trouble: str) -> None:
        """One version was read."""
        self._checked += 1
        if finding is not None:
            self._found.append(_Found(finding, done, trouble))
            self._report.say(self._found[-1].line(), "red" if self._found[-1].is_fault else "")

    def tell(self, *, repair: bool) -> None:
        """All of it."""
        self._report.say(f"{self._checked} versions, {self.faults} faults", "red" if self.faults else "")
        found = [each.document() for each in self._found]
        self._report.document({"repair": repair, "checked": self._checked, "faults": self.faults, "found": found})


async def _check(caretaker: Caretaker, is_own: IsOwn, checkup: _Checkup, step: Step, *, repair: bool) -> None:
    async for module, finding in caretaker.scrub(at_once):
        step(str(module))
        done, trouble = "", ""
        if repair:
            try:
                done = await caretaker.mend((module, finding), is_own)
            except Unavailable as error:
                trouble = str(error)
                finding = finding or Finding(module, "marked", "it stands, and is marked as taken away")
        checkup.saw(finding, done, trouble)

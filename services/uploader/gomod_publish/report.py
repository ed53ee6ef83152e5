"""What a command tells while it works: lines that read well in a CI log, a progress bar where somebody watches."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Column, Table
from rich.text import Text

from gomod.errors import InvalidModule
from gomod_publish.errors import Refused
from gomod_publish.exits import Exit
from gomod_publish.packed import Packed
from gomod_publish.smoke.checklist import Result


class Report:
    """Tells a person what happens and, when asked to, a machine what came of it.

    With `as_json` stdout gets one JSON document at the end and nothing else; the lines for people go to stderr.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        # Not even FORCE_COLOR makes a log a terminal: what moves the cursor would be in it for ever.
        self._console = Console(stderr=as_json, force_terminal=(sys.stderr if as_json else sys.stdout).isatty())
        self._is_watched = self._console.is_terminal and not self._console.is_dumb_terminal
        self._lists: dict[str, list[object]] = {"versions": []}

    def say(self, line: str) -> None:
        """One line, as it is: nothing in it is markup, and it is never folded."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def sending(self, what: str, size: int) -> Iterator[Callable[[int], None]]:
        """For the time that `size` bytes are sent; call what it yields with the bytes sent so far."""
        self.say(f"sending {what}, {size} bytes")
        if not self._is_watched:
            yield lambda _: None
            return
        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task("", total=size)
            yield lambda sent: progress.update(task, completed=sent)

    def done(self, packed: Packed, **more: object) -> None:
        """One version has come to the end of the command."""
        info = packed.info
        self.tell(
            "versions",
            module=packed.module.path,
            version=packed.module.version,
            time=info.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            commit=info.origin.hash if info.origin else "",
            h1=packed.h1,
            go_mod_h1=packed.go_mod_h1,
            **more,
        )

    def checked(self, results: Iterable[Result]) -> list[Result]:
        """The checks as they are made: a line each, or a table at the end where somebody watches."""
        done = []
        with self._console.status("smoke test"):
            for result in results:
                done.append(result)
                if not self._is_watched:
                    self.say(_line(result))
        if self._is_watched:
            self._console.print(_table(done))
        for each in done:
            seconds = round(each.seconds, 3)
            self.tell(
                "checks", check=each.name, passed=each.passed, said=each.said, seconds=seconds, see=each.section.link
            )
        return done

    def tell(self, name: str, **members: object) -> None:
        """One more object in a list of the JSON document; people are told nothing."""
        self._lists.setdefault(name, []).append(members)

    def finish(self) -> None:
        """The command succeeded."""
        self._document({})

    def fail(self, error: Exception, status: Exit) -> None:
        """The command ends here; what was done before it stays done and is told."""
        violations = error.violations if isinstance(error, InvalidModule | Refused) else ()
        stderr = Console(stderr=True)
        lines = [each.message for each in violations] if isinstance(error, InvalidModule) else [str(error)]
        for line in lines:
            stderr.print(f"gomod-publish: {line}", markup=False, highlight=False, soft_wrap=True)
        problem = {
            "kind": status.name.lower(),
            "message": str(error),
            "violations": [{"code": each.code, "message": each.message} for each in violations],
        }
        self._document({"error": problem})

    def _document(self, document: dict[str, object]) -> None:
        if self._as_json:
            json.dump({**self._lists, **document}, sys.stdout, indent=2)
            print()


def _line(result: Result) -> str:
    """A check for a log; what failed says where to read what to do."""
    outcome = "ok  " if result.passed else "FAIL"
    line = f"{outcome}  {result.name}  {result.said}  ({result.seconds:.2f} s)"
    return line if result.passed else f"{line}\n      what to do: {result.section.link}"


def _table(results: Iterable[Result]) -> Table:
    wide = (Column("check", overflow="fold"), Column("what was seen", overflow="fold"))  # nothing of a version is cut
    table = Table("", *wide, Column("seconds", justify="right"), expand=True)
    for each in results:
        outcome = Text("ok", "green") if each.passed else Text("FAIL", "bold red")
        said = each.said if each.passed else f"{each.said}\nwhat to do: {each.section.link}"
        table.add_row(outcome, Text(each.name), Text(said), f"{each.seconds:.2f}")
    return table

"""What a command tells: lines for people, colours and progress where somebody watches, one document for a machine."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gomod_admin.exits import Exit


class Report:
    """With `as_json` stdout gets one JSON document at the end and nothing else; the lines for people go to stderr."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=as_json)
        self._stderr = Console(stderr=True)

    def say(self, line: str, style: str = "") -> None:
        """One line, as it is: nothing in it is markup, it is never folded, and names out of a tree can't act in it."""
        self._console.print(_printable(line), markup=False, highlight=False, soft_wrap=True, style=style or None)

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[str], None]]:
        """For work of many steps; call what it yields with the name of each. Shown on a terminal only."""
        if not self._console.is_terminal:
            yield lambda _: None
            return
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(what, total=None)
            yield lambda step: progress.update(task, advance=1, description=_printable(f"{what} {step}"))

    def document(self, document: Mapping[str, object]) -> None:
        """What came of the command, for a machine."""
        if self._as_json:
            json.dump(document, sys.stdout, indent=2)
            print()

    def line(self, document: Mapping[str, object]) -> None:
        """One of many documents, each on a line of its own."""
        if self._as_json:
            print(json.dumps(document))

    def fail(self, error: Exception, status: Exit) -> None:
        """The command ends here."""
        for line in str(error).splitlines():
            self._stderr.print(_printable(f"gomod-admin: {line}"), markup=False, highlight=False, soft_wrap=True)
        self.document({"error": {"kind": status.name.lower(), "message": str(error)}})


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)

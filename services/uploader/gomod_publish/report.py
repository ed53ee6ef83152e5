"""What a command tells while it works: lines that read well in a CI log, a progress bar where somebody watches."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from gomod.errors import InvalidModule
from gomod_publish.errors import Refused
from gomod_publish.exits import Exit
from gomod_publish.packed import Packed


class Report:
    """Tells a person what happens and, when asked to, a machine what came of it.

    With `as_json` stdout gets one JSON document at the end and nothing else; the lines for people go to stderr.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=as_json)
        self._versions: list[dict[str, object]] = []

    def say(self, line: str) -> None:
        """One line, as it is: nothing in it is markup, and it is never folded."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def sending(self, what: str, size: int) -> Iterator[Callable[[int], None]]:
        """For the time that `size` bytes are sent; call what it yields with the bytes sent so far."""
        if not self._console.is_terminal:
            self.say(f"sending {what}, {size} bytes")
            yield lambda _: None
            return
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
        times = (TransferSpeedColumn(), TimeRemainingColumn())
        with Progress(*columns, *times, console=self._console, transient=True) as progress:
            task = progress.add_task(f"sending {what}", total=size)
            yield lambda sent: progress.update(task, completed=sent)

    def done(self, packed: Packed, **more: object) -> None:
        """One version has come to the end of the command."""
        info = packed.info
        self._versions.append(
            {
                "module": packed.module.path,
                "version": packed.module.version,
                "time": info.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "commit": info.origin.hash if info.origin else "",
                "h1": packed.h1,
                "go_mod_h1": packed.go_mod_h1,
                **more,
            }
        )

    def finish(self) -> None:
        """The command succeeded."""
        self._document({"versions": self._versions})

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
        self._document({"versions": self._versions, "error": problem})

    def _document(self, document: dict[str, object]) -> None:
        if self._as_json:
            json.dump(document, sys.stdout, indent=2)
            print()

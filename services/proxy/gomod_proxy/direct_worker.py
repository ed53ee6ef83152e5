"""The workers of `direct`: runs of go, each in a folder that goes away, with a time limit, and only so many at once."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread

from gomod import layout
from gomod.errors import NotFound, UpstreamError, UpstreamTimeout
from gomod.layout import Kind
from gomod.module import ModuleVersion
from gomod_proxy import metrics
from gomod_proxy.direct_access import Access
from gomod_proxy.direct_errors import failure, scrubbed
from gomod_proxy.direct_folder import prepare_folders, worker_folder
from gomod_service.one_processor import roam
from gomod_service.settings import SettingsError

MAX_SAID = 16 << 20  # bytes: a list of very many versions
MAX_COMPLAINT = 64 << 10  # bytes

_GUARD = Path(__file__).with_name("direct_guard.py")


@dataclass(frozen=True, slots=True)
class Result:
    """What a run of go has left; its files are there while the run's context lasts."""

    said: Mapping[str, object]
    """The JSON that it printed."""
    cache: Path
    """Its GOMODCACHE."""

    def file(self, module: ModuleVersion, kind: Kind) -> Path:
        """A version's file in go's cache, which is laid out as URLs are."""
        return self.cache / "cache" / "download" / layout.file_name(module, kind)


class Workers:
    """Runs go."""

    def __init__(self, access: Access, at_once: int, seconds: float) -> None:
        """`seconds` is how long a run may take and wait for its turn.

        Raises SettingsError when a program, a file for ssh or a writable TMPDIR is missing.
        """
        self._access = access
        self._turns = asyncio.Semaphore(at_once)
        self._seconds = seconds
        self._go = _program("go")
        _program("git")
        if access.ssh is not None:
            _program("ssh")
            access.ssh.check()
        prepare_folders()

    @asynccontextmanager
    async def go(self, what: str, *arguments: str) -> AsyncIterator[Result]:
        """Run `go ARGUMENTS`, which print JSON. `what` names in errors what is asked for.

        Raises NotFound when go and git know that there is no such thing, UpstreamError (UpstreamTimeout) when they fail
        in another way, and Unavailable when they can't be run.
        """
        try:
            async with asyncio.timeout(self._seconds), self._turns, worker_folder() as folder:
                yield await self._result(what, arguments, folder)
        except TimeoutError as error:
            _count("timeout")
            raise UpstreamTimeout(f"{what}: its origin did not answer in time; try again later") from error

    async def _result(self, what: str, arguments: Sequence[str], folder: Path) -> Result:
        environ = await to_thread.run_sync(self._access.furnish, folder)
        status = await _run([self._go, *arguments], environ, folder)
        try:
            said, complaint = await to_thread.run_sync(_heard, folder)
        except ValueError as cut_off:
            raise UpstreamError(f"{what}: go has more than {MAX_SAID} bytes to say; it was not read") from cut_off
        if status == 0:
            _count("found")
            return Result(said, Path(environ["GOMODCACHE"]))
        logins = self._access.credentials.logins().values()
        error = failure(what, arguments[-1], scrubbed(str(said.get("Error", "")) or complaint, folder, logins))
        _count("absent" if isinstance(error, NotFound) else "failed")
        raise error


async def _run(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> int:
    """The command's exit status. It is over when this returns, whatever the reason, and so is all that it started."""
    with (folder / "said").open("wb") as said, (folder / "complaint").open("wb") as complaint:
        roam()  # go has threads that run side by side
        guard = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_GUARD), *command),
            env=environ,
            cwd=folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=said,
            stderr=complaint,
            start_new_session=True,  # no signal and no terminal of the proxy's
        )
    assert guard.stdin is not None
    try:
        return await guard.wait()
    finally:
        guard.stdin.close()
        await guard.wait()


def _heard(folder: Path) -> tuple[Mapping[str, object], str]:
    """The JSON and the text that go has printed."""
    with (folder / "said").open("rb") as said, (folder / "complaint").open("rb") as complaint:
        text = said.read(MAX_SAID)
        return json.loads(text) if text else {}, complaint.read(MAX_COMPLAINT).decode(errors="replace")


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise SettingsError(f"GOMOD_UPSTREAMS has the word direct, which needs {name}, and there is no {name} in PATH")
    return path


def _count(outcome: str) -> None:
    metrics.UPSTREAM_REQUESTS.labels("direct", outcome).inc()

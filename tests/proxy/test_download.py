"""One download and those who read it while it grows."""

import asyncio
import gc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from gomod.errors import UpstreamError
from gomod_proxy import download as download_module
from gomod_proxy.download import Download


async def test_a_reader_that_is_behind_gets_no_more_of_a_download_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    download = Download("a zip")
    download.begin(tmp_path / "staged", 15)
    for piece in (b"first", b"second", b"last"):  # held back: with it a client would have a complete body
        await download.write(piece)
    asked, free = asyncio.Event(), asyncio.Event()

    async def busy_threads(read: Callable[[int], bytes], offset: int) -> bytes:
        asked.set()
        await free.wait()
        return read(offset)

    monkeypatch.setattr(download_module, "run_sync", busy_threads)
    chunks = download.chunks()
    reading = asyncio.ensure_future(anext(chunks))
    await asked.wait()
    download.end(UpstreamError("not what is on record"))
    free.set()
    with pytest.raises(UpstreamError, match="not what is on record"):
        await reading


async def test_a_reader_that_keeps_up_takes_no_thread_and_one_that_is_behind_reads_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    download = Download("a zip")
    download.begin(tmp_path / "staged", None)
    keeping_up = download.chunks()
    seen = b""
    pieces = (b"first", b"second", b"third", b"last")
    for number, piece in enumerate(pieces):
        await download.write(piece)
        if number:
            with monkeypatch.context() as patch:
                patch.delattr(download_module, "run_sync")
                seen += await anext(keeping_up)
    download.end(None)
    with monkeypatch.context() as patch:
        patch.delattr(download_module, "run_sync")
        seen += b"".join([piece async for piece in keeping_up])
    assert seen == b"".join(pieces)
    assert b"".join([piece async for piece in download.chunks()]) == b"".join(pieces)


async def test_a_download_that_failed_lets_go_of_its_file_at_once(tmp_path: Path) -> None:
    """What a full disk lacks may be just that; Python's next look for circles can be hours away."""
    download = Download("a zip")

    async def fill() -> None:
        download.begin(tmp_path / "staged", None)
        for piece in (b"first", b"second", b"last"):
            await download.write(piece)
        raise UpstreamError(f"cut short: {download}")

    gc.disable()
    try:
        filling = asyncio.create_task(fill())
        await asyncio.wait([filling])
        assert str(tmp_path / "staged") in open_files()
        download.end(filling.exception())
        del filling
        assert str(tmp_path / "staged") not in open_files()
    finally:
        gc.enable()
    with pytest.raises(UpstreamError, match="cut short"):
        await anext(download.chunks())


def open_files() -> list[str]:
    """What this process has open, by name."""
    names = []
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder itself, which was open while it was listed
            names.append(str(each.readlink()))
    return names

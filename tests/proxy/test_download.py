"""One download and those who read it while it grows."""

import asyncio
import threading
from pathlib import Path

import pytest
from anyio import to_thread

from gomod.errors import UpstreamError
from gomod_proxy.download import Download


async def test_a_reader_that_is_behind_gets_no_more_of_a_download_that_failed(tmp_path: Path) -> None:
    download = Download("a zip")
    download.begin(tmp_path / "staged", 9)
    await download.write(b"first")
    await download.write(b"last")  # held back: with it a client would have a complete body
    limiter = to_thread.current_default_thread_limiter()
    limiter.total_tokens = 1
    busy = threading.Event()
    holding = asyncio.create_task(to_thread.run_sync(busy.wait))
    chunks = download.chunks()
    reading = asyncio.ensure_future(anext(chunks))
    try:
        async with asyncio.timeout(60):
            while not limiter.statistics().tasks_waiting:  # it was told of the first piece, and waits for a thread
                await asyncio.sleep(0)
        download.end(UpstreamError("not what is on record"))
    finally:
        busy.set()
        await holding
        limiter.total_tokens = 40
    assert await reading == b"first"
    with pytest.raises(UpstreamError, match="not what is on record"):
        await anext(chunks)

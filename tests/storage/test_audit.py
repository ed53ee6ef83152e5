"""The audit log: whole lines in the order of their writing, whoever writes and whatever goes wrong."""

import errno
import os
from pathlib import Path

import anyio
import pytest

from gomod.errors import StoreFull
from gomod_storage import ModuleStore


def lines(root: Path) -> list[bytes]:
    (log,) = (root / ".audit").glob("*.jsonl")
    return log.read_bytes().splitlines(keepends=True)


async def test_records_are_appended_a_line_each(volume: ModuleStore, root: Path) -> None:
    await volume.audit(b'{"n":1}')
    await volume.audit(b'{"n":2}')
    assert lines(root) == [b'{"n":1}\n', b'{"n":2}\n']


async def test_many_writers_at_once_lose_and_mix_nothing(volume: ModuleStore, root: Path) -> None:
    records = [b"%03d" % number * 1000 for number in range(50)]
    async with anyio.create_task_group() as group:
        for record in records:
            group.start_soon(volume.audit, record)
    assert sorted(lines(root)) == [record + b"\n" for record in records]


async def test_a_line_that_did_not_fit_is_taken_back(
    volume: ModuleStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await volume.audit(b"first")
    real_write = os.write

    def short_write(descriptor: int, data: bytes) -> int:
        if len(data) <= 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, data[:3])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", short_write)
        with pytest.raises(StoreFull):
            await volume.audit(b"second")
    await volume.audit(b"third")
    assert lines(root) == [b"first\n", b"third\n"]


async def test_a_line_that_a_crash_tore_does_not_swallow_the_next(volume: ModuleStore, root: Path) -> None:
    await volume.audit(b"first")
    (log,) = (root / ".audit").glob("*.jsonl")
    with log.open("ab") as file:
        file.write(b'{"torn')
    await volume.audit(b"second")
    assert lines(root) == [b"first\n", b'{"torn\n', b"second\n"]


async def test_only_its_owner_and_group_read_the_log(volume: ModuleStore, root: Path) -> None:
    await volume.audit(b"first")
    (log,) = (root / ".audit").glob("*.jsonl")
    assert log.stat().st_mode & 0o777 == 0o640

"""kill -9 of the uploader at the system calls of a publish: a version is wholly there or wholly absent, for ever.

tests/storage runs through every call of the store alone. Here it is the real service in the middle of a real upload,
and the proxy that reads beside it. strace kills the uploader as it enters the Nth call of a kind, counted from when
the upload begins.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from scripts.local.processes import Process
from tests.e2e.registry import Registry, fetch, local_values, prepared_registry
from tests.e2e.upload import Upload, make_upload
from tests.waiting import wait_for

CALLS = ("fsync", "rename", "linkat,link", "mkdir", "unlink,unlinkat,rmdir")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Registry]:
    """A proxy and a gateway; each test starts the uploader by itself."""
    assert shutil.which("strace"), "these tests need strace (apt-get install strace)"
    with prepared_registry(local_values(tmp_path / "state", "off")) as registry:
        registry.stack.launch("proxy")
        registry.stack.await_ready("proxy")
        registry.stack.launch_gateway()
        registry.stack.await_ready("gateway")
        yield registry


@pytest.mark.parametrize("calls", CALLS)
def test_a_version_is_whole_or_absent_whenever_the_uploader_is_killed(services: Registry, calls: str) -> None:
    start_uploader(services)
    for moment in range(1, 100):
        first, second = (make_upload("crash", f"v1.0.{moment}", content) for content in (b"first", b"second"))
        if not killed_at(moment, calls, services, first):
            assert moment > 1, f"an upload never calls {calls}: nothing was tested"
            return
        at_once = present(services, first)
        start_uploader(services)
        there = present(services, first)
        assert there >= at_once  # what was there stays there
        # The pipeline runs again, but its files are others: what was published stands, what was not is free.
        assert second.send(services).status_code == (409 if there else 201)
        published = first if there else second
        assert present(services, published)
        # And with the same files it is a success.
        assert published.send(services).status_code == 200
    raise AssertionError("an upload of so many calls?")


def start_uploader(services: Registry) -> None:
    services.stack.launch("uploader")
    services.stack.await_ready("uploader")


def killed_at(moment: int, calls: str, services: Registry, upload: Upload) -> bool:
    """Send the upload while strace waits for the `moment`th of the calls; False when there were not so many."""
    uploader = services.stack.processes["uploader"]
    said: list[str] = []
    tracer = Process(
        "strace",
        [
            str(shutil.which("strace")),
            *("-f", "-p", str(uploader.pid), "-e", f"trace={calls}", "-e", "signal=none"),
            *("-e", f"inject={calls}:signal=KILL:when={moment}"),
        ],
        os.environ,
        on_line=lambda _, line: said.append(line),
    )
    wait_for(lambda: any("attached" in line for line in said) or not tracer.running(), "strace to attach")
    assert tracer.running(), said
    try:
        answer = upload.send(services).status_code
    except httpx.TransportError:
        answer = 0
    assert answer in (201, 502, 503, 0)  # 502 and 503 are the gateway's words for a service that hung up
    if answer == 201:
        assert present(services, upload)
        uploader.ask_to_stop()
    ended = uploader.wait(30)
    tracer.wait(30)
    assert ended in (0, -signal.SIGKILL)
    return ended == -signal.SIGKILL


def present(services: Registry, upload: Upload) -> bool:
    """Whether the proxy serves this version, all of it; anything between that and nothing fails the test."""
    url = f"http://{services.values['PROXY_BIND']}"
    answers = {path: fetch(url, path) for path in upload.files}
    listed = fetch(url, f"/{upload.path}/@v/list").body.decode().split()
    if {answer.status for answer in answers.values()} == {404}:
        assert upload.version not in listed
        return False
    assert {path: answer.body for path, answer in answers.items()} == upload.files
    assert upload.version in listed
    return True

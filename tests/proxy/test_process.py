"""The proxy as a process: how it starts, how much memory it takes, how it stops."""

import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import httpx

from gomod.dirhash import hash_go_mod, hash_zip
from tests.goproxy_server import GoProxyServer
from tests.ports import free_port, wait_until_started
from tests.proxy.running import environment
from tests.sumdb_server import SumDatabase

PATH = "github.com/big/module"
ZIP = f"/{PATH}/@v/v1.0.0.zip"
GO_MOD = f"module {PATH}\n".encode()
MIB = 1 << 20


@contextmanager
def started(environ: dict[str, str], log: BinaryIO | None = None) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A proxy process that listens, and its URL."""
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        **environ,
        "GOMOD_BIND": f"127.0.0.1:{port}",
    }
    with subprocess.Popen([sys.executable, "-m", "gomod_proxy"], env=environ, stderr=log) as process:
        try:
            wait_until_started(port, running=lambda: process.poll() is None)
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def large_zip(folder: Path, size: int, module: str = f"{PATH}@v1.0.0", files: int = 1) -> Path:
    """A module zip of incompressible files, and of no go.mod."""
    path = folder / "large.zip"
    piece = os.urandom(size // files)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number in range(files):
            archive.writestr(f"{module}/blob-{number}", piece)
    return path


def peak_memory(process: "subprocess.Popen[bytes]") -> int:
    """The most bytes that the process ever had in memory."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    match = re.search(r"^VmHWM:\s+([0-9]+) kB$", status, re.MULTILINE)
    assert match is not None
    return int(match[1]) * 1024


def length_of(url: str) -> int:
    with httpx.stream("GET", url, timeout=60) as answer:
        return sum(len(piece) for piece in answer.iter_raw())


def test_memory_is_flat_when_many_take_a_toolchain_of_hundreds_of_megabytes(
    upstream: GoProxyServer, volume: Path, tmp_path: Path
) -> None:
    path, version, go_mod = "golang.org/toolchain", "v0.0.1-go1.99.0.linux-amd64", b"module golang.org/toolchain\n"
    body = large_zip(tmp_path, 300 * MIB, f"{path}@{version}", files=3000)
    upstream.add(path, version, mod=go_mod, zip_body=body)
    upstream.add("github.com/small/module", "v1.0.0")
    zip_ = f"/{path}/@v/{version}.zip"
    with ExitStack() as stack:
        database = stack.enter_context(SumDatabase())
        database.add(path, version, hash_zip(body), hash_go_mod(go_mod))
        settings = {"GOMOD_SUMDBS": f"{database.key} {database.url}"}
        process, url = stack.enter_context(started(environment(volume, upstream.url, **settings)))
        httpx.get(f"{url}/github.com/small/module/@v/v1.0.0.zip", timeout=60).raise_for_status()
        before = peak_memory(process)
        lengths: list[int] = []
        clients = [threading.Thread(target=lambda: lengths.append(length_of(url + zip_))) for _ in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert lengths == [body.stat().st_size] * 4
        assert length_of(url + zip_) == body.stat().st_size
        assert peak_memory(process) - before < 30 * MIB
        assert any("/lookup/golang.org/toolchain@" in asked for asked in database.asked())
    assert upstream.asked(zip_) == [zip_]
    assert (volume / path / version / "source.zip").stat().st_size == body.stat().st_size


def test_sigterm_finishes_a_download_in_flight(upstream: GoProxyServer, volume: Path, tmp_path: Path) -> None:
    body = large_zip(tmp_path, 4 * MIB)
    upstream.add(PATH, "v1.0.0", mod=GO_MOD, zip_body=body)
    gate = upstream.hold(ZIP, at=2 * MIB)
    with started(environment(volume, upstream.url)) as (process, url):
        with httpx.stream("GET", url + ZIP, timeout=30) as answer:
            pieces = answer.iter_raw()
            got = next(pieces)
            process.send_signal(signal.SIGTERM)
            while accepts(url):
                pass
            gate.set()
            assert got + b"".join(pieces) == body.read_bytes()
        assert process.wait(20) == 0
    assert (volume / PATH / "v1.0.0" / "source.zip").read_bytes() == body.read_bytes()


def accepts(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz")
    except httpx.TransportError:
        return False
    return True


def test_sigterm_leaves_nothing_of_a_download_that_nobody_reads(
    upstream: GoProxyServer, volume: Path, tmp_path: Path
) -> None:
    upstream.add(PATH, "v1.0.0", mod=GO_MOD, zip_body=large_zip(tmp_path, 4 * MIB))
    upstream.hold(ZIP, at=2 * MIB)
    with started(environment(volume, upstream.url)) as (process, url):
        with httpx.stream("GET", url + ZIP, timeout=30) as answer:
            next(answer.iter_raw())
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not (volume / PATH).exists()
    assert list((volume / ".staging").iterdir()) == []


def test_a_wrong_environment_is_named_whole_and_exits_with_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gomod_proxy"],
        env={"PATH": os.environ["PATH"], "GOMOD_NETWORK_MODE": "lax"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "GOMOD_UPSTREAMS is missing" in done.stderr
    assert "GOMOD_STORAGE_URL is missing" in done.stderr
    assert "GOMOD_NETWORK_MODE='lax' is wrong" in done.stderr


def test_a_storage_url_of_no_store_exits_with_2(tmp_path: Path) -> None:
    environ = environment(tmp_path, "off", GOMOD_STORAGE_URL="nfs://somewhere", PATH=os.environ["PATH"])
    done = subprocess.run(
        [sys.executable, "-m", "gomod_proxy"], env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "GOMOD_STORAGE_URL is wrong: 'nfs://somewhere'" in done.stderr
    assert "Traceback" not in done.stderr

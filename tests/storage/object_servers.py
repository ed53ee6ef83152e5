"""Servers of objects, as processes on loopback."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.request import Request, urlopen

from obstore.exceptions import BaseError
from obstore.store import S3Store

from tests.ports import PORTS, free_port, is_free, wait_until_listening
from tests.waiting import wait_for

KEY = "testkey"
SECRET = "testsecret"
BUCKET = "modules"

_SCRIPTS = Path(sys.executable).parent


class ObjectServer(Protocol):
    """Where stores can be put."""

    url: str  # of the bucket, as in GOMOD_STORAGE_URL
    environment: dict[str, str]  # with which it is reached


class ServerProcess:
    """A server with one bucket; it runs while the context lasts."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self._command = command
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port

    def start(self) -> None:
        """Start it, on what it kept when it was killed."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(self._command, stdout=log, stderr=log)
        self._process = process
        try:
            wait_until_listening(self.port, lambda: process.poll() is None)
        except TimeoutError:
            self.kill()
            raise

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()


class S3Server(ServerProcess):
    """An S3 server with one bucket."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        super().__init__(command, port, log)
        self.url = f"s3://{BUCKET}"
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }


class Seaweed(S3Server):
    """SeaweedFS, all of it in one process."""

    def __init__(self, folder: Path) -> None:
        config = folder / "s3.json"
        actions = ["Read", "List", "Tagging", "Write"]  # an Admin makes buckets by writing to them
        identity = {"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": actions}
        config.write_text(json.dumps({"identities": [identity]}))
        port = _two_ports()
        parts = [f"-{name}.port={_two_ports()}" for name in ("master", "volume", "filer", "admin")]
        # What is left on has a port that two servers would both want.
        off = ["-admin.ui=false", "-webdav=false", "-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        off.append("-master.telemetry=false")
        address = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.port={port}", *parts]
        command = [str(_SCRIPTS / "weed"), "mini", f"-dir={folder}", *address, f"-s3.config={config}", *off]
        super().__init__([*command, f"-bucket={BUCKET}"], port, folder / "log")

    def start(self) -> None:
        super().start()
        client = S3Store(
            BUCKET,
            endpoint=self.environment["AWS_ENDPOINT_URL"],
            access_key_id=KEY,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )
        wait_for(lambda: not self.runs or _takes_objects(client), "the bucket, which comes after the port", 120)
        if not self.runs:
            raise TimeoutError(f"the server ended: {self.log.read_text()[-2000:]}")


def _takes_objects(client: S3Store) -> bool:
    try:
        client.put("ready", b"")
    except (BaseError, FileNotFoundError):
        return False
    return True


def _two_ports() -> int:
    """A port that is free, as is the one 10000 above it, where each part of SeaweedFS listens as well."""
    while True:
        port = free_port()
        if port + 10000 < PORTS.stop and is_free(port + 10000):
            return port


class Moto(S3Server):
    """moto, which takes any credentials."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        super().__init__([str(_SCRIPTS / "moto_server"), "-H", "127.0.0.1", "-p", str(port)], port, folder / "log")

    def start(self) -> None:
        super().start()
        urlopen(Request(f"http://127.0.0.1:{self.port}/{BUCKET}", method="PUT")).close()

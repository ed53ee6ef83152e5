"""How many versions are published in a second, by the size of their zips, one after the other and four at once."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bench.contenders import PRIVATE
from bench.corpus import TIME, go_mod, write_zip
from bench.processes import started
from bench.results import Row
from scripts.local.upload_token import upload_token
from tests.ports import free_port

SIZES = {"1 KB": 1 << 10, "100 KB": 100 << 10, "1 MB": 1 << 20, "10 MB": 10 << 20}
CLIENTS = 4


def uploads(rounds: int, count: int) -> list[Row]:
    """A row for each size: milliseconds for each version, wall and computing."""
    rows = [Row(f"upload of {size}, {CLIENTS} at once", "ms a version") for size in SIZES]
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        token = upload_token(folder / "tokens.toml", folder / "token", f"{PRIVATE}/*")
        url = f"http://127.0.0.1:{free_port()}"
        with started(
            "uploader", [sys.executable, "-m", "gomod_uploader"], url, _environ(folder, url), folder / "log"
        ) as it:
            for each in range(rounds):
                for row, size in zip(rows, SIZES.values(), strict=True):
                    versions = [f"v0.{each}.{number}" for number in range(count)]
                    before, begun = it.cpu_seconds(), time.perf_counter()
                    _publish_all(url, token, folder, size, versions)
                    row.add("wall", (time.perf_counter() - begun) / count * 1000)
                    row.add("cpu of the uploader", (it.cpu_seconds() - before) / count * 1000)
    return rows


def _publish_all(url: str, token: str, folder: Path, size: int, versions: list[str]) -> None:
    path = f"{PRIVATE}/size{size}"
    bodies = {}
    for version in versions:
        file = folder / "upload.zip"
        write_zip(file, path, version, size)
        bodies[version] = file.read_bytes()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as client, ThreadPoolExecutor(CLIENTS) as pool:

        def publish(version: str) -> None:
            info = f'{{"Version":"{version}","Time":"{TIME}"}}'.encode()
            files = {"info": info, "mod": go_mod(path), "zip": bodies[version]}
            client.post(f"{url}/upload", data={"module": path, "version": version}, files=files).raise_for_status()

        list(pool.map(publish, versions))


def _environ(folder: Path, url: str) -> dict[str, str]:
    return {
        "GOMOD_BIND": url.removeprefix("http://"),
        "GOMOD_ADMIN_BIND": f"127.0.0.1:{free_port()}",
        "GOMOD_STORAGE_URL": (folder / "volume").as_uri(),
        "GOMOD_PRIVATE_PATTERNS": f"{PRIVATE}/*",
        "GOMOD_PUBLIC_URL": f"http://{PRIVATE}",
        "GOMOD_LOG_LEVEL": "info",
        "GOMOD_LOG_FORMAT": "json",
        "GOMOD_UPLOAD_TOKENS_FILE": str(folder / "tokens.toml"),
    }

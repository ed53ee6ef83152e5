"""Runs in the client's pod: publishes and reads for some seconds, reads everything once more, and says what failed.

Arguments: the registry's URL, a module's path, seconds. Publishing is tried again as gomod-publish does it (the same
content twice is a success); reading is not.
"""

import hashlib
import io
import json
import os
import sys
import time
import zipfile

import httpx


def make(module: str, version: str) -> dict[str, bytes]:
    mod = f"module {module}\n\ngo 1.21\n".encode()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr(f"{module}@{version}/go.mod", mod)
        target.writestr(
            f"{module}@{version}/data.go", f"package data\n\nconst Version = {version!r}\n".replace("'", '"')
        )
        target.writestr(f"{module}@{version}/blob", os.urandom(100_000))
    info = json.dumps({"Version": version, "Time": "2025-01-01T00:00:00Z"}).encode()
    return {"info": info, "mod": mod, "zip": archive.getvalue()}


class Traffic:
    def __init__(self, url: str, module: str) -> None:
        self.url = url
        self.module = module
        self.client = httpx.Client(timeout=30, headers={"Authorization": f"Bearer {os.environ['GO_REGISTRY_TOKEN']}"})
        self.digests: dict[str, str] = {}
        self.errors: list[str] = []
        self.repeated = 0

    def publish(self, version: str) -> None:
        parts = make(self.module, version)
        form = {"module": self.module, "version": version}
        files = {name: (name, data) for name, data in parts.items()}
        for _ in range(30):
            try:
                answer = self.client.post(f"{self.url}/upload", data=form, files=files)
            except httpx.TransportError:
                pass
            else:
                if answer.status_code in (200, 201):
                    self.digests[version] = hashlib.sha256(parts["zip"]).hexdigest()
                    return
                if answer.status_code < 500:
                    break
            self.repeated += 1
            time.sleep(0.3)
        self.errors.append(f"{version} was not taken")

    def read(self, version: str) -> None:
        try:
            answer = self.client.get(f"{self.url}/{self.module}/@v/{version}.zip")
            problem = str(answer.status_code) if answer.status_code != 200 else ""
            if not problem and hashlib.sha256(answer.content).hexdigest() != self.digests[version]:
                problem = "other bytes"
        except httpx.TransportError as error:
            problem = repr(error)
        if problem:
            self.errors.append(f"{version} at {time.monotonic() - begun:.1f} s: {problem}")


begun = time.monotonic()
traffic = Traffic(sys.argv[1], sys.argv[2])
number = 0
while time.monotonic() - begun < float(sys.argv[3]):
    number += 1
    traffic.publish(f"v0.0.{number}")
    for earlier in {1, number // 2 or 1, number}:
        if f"v0.0.{earlier}" in traffic.digests:
            traffic.read(f"v0.0.{earlier}")
for version in traffic.digests:
    traffic.read(version)
listed = set(traffic.client.get(f"{traffic.url}/{traffic.module}/@v/list").text.split())
print(
    json.dumps(
        {
            "published": len(traffic.digests),
            "repeated": traffic.repeated,
            "errors": traffic.errors,
            "not_listed": sorted(set(traffic.digests) - listed),
        }
    )
)

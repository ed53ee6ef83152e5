"""A publisher that never stops, for test_publishers.py: `python -m tests.uploader.publisher PORT TOKEN NAME JOURNAL`.

It uploads versions of a module of its own and, by turns, of one that all publishers share. What it was told is
published stands in the journal, a line each.
"""

import http.client
import random
import sys
from itertools import count
from pathlib import Path

from tests.uploader.sample import parts

SHARED = "go.corp.example/pay/shared"


def upload_of(name: str, number: int) -> dict[str, bytes]:
    """What a publisher sends as its upload of that number; anybody can work it out again."""
    module = SHARED if number % 2 else f"go.corp.example/pay/{name}"
    chance = random.Random(f"{name} {number}")
    return parts(module, f"v1.0.{number}", body=chance.randbytes(chance.choice([10, 1000, 300_000])))


def main() -> None:
    """Publish until killed."""
    _, port, token, name, journal = sys.argv
    with Path(journal).open("a", buffering=1) as told:
        for number in count():
            sent = upload_of(name, number)
            status = _post(int(port), token, _form(sent))
            if status == 201:
                told.write(f"{name} {number}\n")
            elif status not in (200, 409):
                sys.exit(f"{status}")


def _form(sent: dict[str, bytes]) -> bytes:
    head = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n'
    return b"".join(head.format(name).encode() + data + b"\r\n" for name, data in sent.items()) + b"--b--\r\n"


def _post(port: int, token: str, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=b"}
    connection.request("POST", "/upload", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


if __name__ == "__main__":
    main()

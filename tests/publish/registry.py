"""A registry for the publish client's tests, behind respx: takes uploads, serves what it took, fails when told to."""

import email.policy
import json
from collections.abc import Callable
from email.parser import BytesParser

import httpx
import respx

URL = "https://go.example.test"
TOKEN = "gomod_secret"

Misbehaviour = Callable[[httpx.Request], httpx.Response]


class FakeRegistry:
    """Keeps the files by their URL path; `uploads` are the forms that came, `failures` go before all answers."""

    def __init__(self, router: respx.MockRouter) -> None:
        self.files: dict[str, bytes] = {}
        self.uploads: list[dict[str, bytes]] = []
        self.requests: list[httpx.Request] = []
        self.failures: list[httpx.Response | Exception] = []
        router.route(url__startswith=f"{URL}/").mock(side_effect=self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        if request.url.path == "/upload":
            return self._take(request)
        if request.url.path not in self.files:
            return httpx.Response(404, text="not found: nobody has published it\n")
        return httpx.Response(200, content=self.files[request.url.path])

    def _take(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return problem(401, "unauthenticated", "the bearer token is not one of ours")
        form = parts(request)
        self.uploads.append(form)
        base = f"/{form['module'].decode()}/@v/{form['version'].decode()}"
        if f"{base}.zip" in self.files:
            return httpx.Response(200, json={"identical": True})
        self.files |= {f"{base}.{kind}": form[kind] for kind in ("info", "mod", "zip")}
        return httpx.Response(201, json={"identical": False})


def garbled(status: int = 200) -> httpx.Response:
    """An answer that says it is packed with gzip, and is not."""
    return httpx.Response(status, headers={"Content-Encoding": "gzip"}, content=iter([b"no gzip"]))


def parts(request: httpx.Request) -> dict[str, bytes]:
    """The parts of a multipart form by name."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=email.policy.HTTP).parsebytes(head + request.read())
    found: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="Content-Disposition")
        content = part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(content, bytes)
        found[name] = content
    return found


def problem(status: int, code: str, detail: str, **members: object) -> httpx.Response:
    """A refusal as the uploader writes it."""
    document = {"status": status, "code": code, "detail": detail, **members}
    return httpx.Response(status, content=json.dumps(document), headers={"Content-Type": "application/problem+json"})

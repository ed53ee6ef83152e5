"""What becomes of an answer whose source fails before anything of it was sent."""

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from gomod.errors import RegistryError, Unavailable, UpstreamError
from gomod_proxy import answers
from gomod_proxy.reader import Cache, Found, Stream
from gomod_service.http_errors import exception_handlers


@pytest.mark.parametrize(("error", "status"), [(UpstreamError("cut short"), 502), (Unavailable("unreadable"), 503)])
def test_it_still_has_a_status_of_its_own(error: RegistryError, status: int) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(1):
            raise error
        yield b"never"

    async def endpoint(request: Request) -> Response:
        return answers.archive(request, Found(Stream(100, chunks, lambda: None), Cache.MISS))

    app = Starlette(routes=[Route("/", endpoint)], exception_handlers=dict(exception_handlers))
    answer = TestClient(app).get("/")
    assert (answer.status_code, answer.text) == (status, f"{error}\n")
    assert answer.headers["cache-control"] == "no-store"

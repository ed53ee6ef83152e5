"""Every request is named, logged once and counted."""

from http import HTTPStatus

import pytest
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from gomod.errors import NotFound
from gomod_service.access_log import access_log
from gomod_service.http_errors import exception_handlers
from gomod_service.observability import RequestContext


@pytest.fixture
def client() -> TestClient:
    async def hello(_: Request) -> Response:
        return PlainTextResponse("hello", headers={"X-Cache": "HIT"})

    async def broken(_: Request) -> Response:
        raise ZeroDivisionError

    async def absent(_: Request) -> Response:
        raise NotFound("a.b/c@v1.0.0: no such version")

    async def partial(_: Request) -> Response:
        return PlainTextResponse("x", HTTPStatus.PARTIAL_CONTENT)

    routes = [Route("/partial", partial), Route("/hello", hello), Route("/broken", broken), Route("/absent", absent)]
    behind = Starlette(routes=routes, exception_handlers=dict(exception_handlers))
    app = RequestContext(behind, access_log("info", "console"))
    return TestClient(app, raise_server_exceptions=False)


def counted(endpoint: str, status: str, cache: str) -> float:
    labels = {"method": "GET", "endpoint": endpoint, "status": status, "cache": cache}
    return REGISTRY.get_sample_value("gomod_requests_total", labels) or 0.0


def test_a_request_id_of_the_gateway_is_kept(client: TestClient) -> None:
    answer = client.get("/hello", headers={"X-Request-ID": "5f2c-77"})
    assert answer.headers["x-request-id"] == "5f2c-77"


def test_a_request_without_an_id_gets_one_of_its_own(client: TestClient) -> None:
    first, second = (client.get("/hello").headers["x-request-id"] for _ in range(2))
    assert first != second
    assert len(first) == 32


def test_an_id_that_could_forge_a_log_line_is_replaced(client: TestClient) -> None:
    answer = client.get("/hello", headers={"X-Request-ID": "x y"})
    assert answer.headers["x-request-id"] != "x y"


def test_a_token_is_no_id(client: TestClient) -> None:
    token = f"gomod_{'x' * 43}"
    assert client.get("/hello", headers={"X-Request-ID": token}).headers["x-request-id"] != token


@pytest.mark.parametrize(("path", "status"), [("/broken", 500), ("/absent", 404), ("/nowhere", 404)])
def test_errors_carry_the_id_as_well(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["x-request-id"]


def test_one_log_line_tells_what_was_answered(client: TestClient) -> None:
    with capture_logs() as lines:
        client.get("/hello")
    (line,) = [each for each in lines if each["event"] == "request"]
    assert (line["path"], line["status"], line["cache"], line["bytes"]) == ("/hello", 200, "HIT", 5)


def test_a_status_is_logged_as_a_plain_number(client: TestClient) -> None:
    with capture_logs() as lines:
        client.get("/partial")
    (line,) = [each for each in lines if each["event"] == "request"]
    assert type(line["status"]) is int


def test_requests_are_counted_by_endpoint_status_and_cache(client: TestClient) -> None:
    before = counted("hello", "200", "HIT")
    client.get("/hello")
    assert counted("hello", "200", "HIT") == before + 1


def test_an_invented_path_makes_no_new_label(client: TestClient) -> None:
    before = counted("none", "404", "")
    client.get("/a")
    client.get("/b")
    assert counted("none", "404", "") == before + 2

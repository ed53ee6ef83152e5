"""One table: every error has its status, and an unknown member of a family takes the family's."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from gomod import errors
from gomod_service.http_errors import exception_handlers, one_line, status_of

TABLE: list[tuple[errors.RegistryError, int]] = [
    (errors.InvalidPath("module", "A", "upper case"), 400),
    (errors.InvalidVersion("v1", "not canonical"), 400),
    (errors.Unauthenticated("no token"), 401),
    (errors.UnknownReader("no token"), 401),
    (errors.Forbidden("rule 3"), 403),
    (errors.NotFound("a.b/c@v1.0.0"), 404),
    (errors.AlreadyExists("other bytes", stored_h1="h1:a", offered_h1="h1:b"), 409),
    (errors.TooLarge("over 500 MiB"), 413),
    (errors.UnsupportedMedia("text/html"), 415),
    (errors.InvalidModule((errors.Violation("x", "y"),)), 422),
    (errors.RegistryError("of no family"), 500),
    (errors.UpstreamError("down"), 502),
    (errors.Unavailable("EIO"), 503),
    (errors.UpstreamTimeout("slow"), 504),
    (errors.StoreFull("ENOSPC"), 507),
]


def client_of(error: Exception) -> TestClient:
    async def endpoint(_: Request) -> Response:
        raise error

    app = Starlette(routes=[Route("/", endpoint)], exception_handlers=dict(exception_handlers))
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(("error", "status"), TABLE, ids=lambda value: type(value).__name__)
def test_every_error_has_its_status_and_one_line_of_text(error: errors.RegistryError, status: int) -> None:
    answer = client_of(error).get("/")
    assert answer.status_code == status
    assert answer.text == f"{error}\n"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_subclass_made_tomorrow_takes_the_status_of_its_family() -> None:
    class StaleHandle(errors.Unavailable):
        pass

    assert status_of(StaleHandle("ESTALE")) == 503


def test_trouble_that_passes_says_when_to_come_back() -> None:
    assert client_of(errors.Unavailable("EIO")).get("/").headers["retry-after"] == "5"


def test_a_missing_token_says_which_kind_is_wanted() -> None:
    assert client_of(errors.Unauthenticated("x")).get("/").headers["www-authenticate"].startswith("Bearer ")
    assert client_of(errors.UnknownReader("x")).get("/").headers["www-authenticate"].startswith("Basic ")


def test_a_bug_is_a_500_that_tells_nothing_of_its_inside() -> None:
    answer = client_of(ZeroDivisionError("secret")).get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_an_unknown_route_and_a_wrong_method_are_plain_text_too() -> None:
    client = client_of(errors.NotFound("x"))
    assert client.get("/nowhere").text == "Not Found\n"
    refused = client.delete("/")
    assert refused.status_code == 405
    assert "GET" in refused.headers["allow"]


def test_control_characters_never_reach_the_go_command() -> None:
    assert one_line("a\x1b[31mb\nc\x00") == "a [31mb c"

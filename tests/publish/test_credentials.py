"""Where tokens come from."""

from pathlib import Path

import httpx
import pytest
import respx

from gomod_publish.credentials import ActionsIdentity, TokenFile
from gomod_publish.errors import NoToken, TryAgain
from tests.publish.registry import garbled

IDENTITY = ActionsIdentity("https://id.example.test/token?api-version=2", "request-secret", "https://go.example.test")


def test_a_token_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    credential = TokenFile(file)
    assert credential.token() == "first"
    file.write_text("second")
    assert credential.token() == "second"


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"two\nlines", b"\xff\xfe"])
def test_what_is_no_token_is_never_sent_nor_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(NoToken, match="no token in") as refused:
        TokenFile(file).token()
    assert "two" not in str(refused.value)


def test_a_missing_token_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoToken, match="No such file"):
        TokenFile(tmp_path / "absent").token()


@respx.mock
def test_a_github_job_asks_for_a_token_of_the_audience() -> None:
    route = respx.get("https://id.example.test/token").respond(json={"value": "a.b.c"})
    assert IDENTITY.token() == "a.b.c"
    request = route.calls.last.request
    assert dict(request.url.params) == {"api-version": "2", "audience": "https://go.example.test"}
    assert request.headers["Authorization"] == "Bearer request-secret"


@respx.mock
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(403), NoToken),
        (httpx.Response(200, text="no json"), NoToken),
        (httpx.Response(200, json=["value"]), NoToken),
        (httpx.Response(200, json={"value": ""}), NoToken),
        (httpx.Response(429), TryAgain),
        (httpx.Response(502), TryAgain),
        (httpx.ConnectError("refused"), TryAgain),
        (garbled(), TryAgain),
    ],
)
def test_an_identity_that_is_not_given_is_told_apart_from_one_that_may_come(
    answer: httpx.Response | Exception, error: type[Exception]
) -> None:
    respx.get("https://id.example.test/token").mock(side_effect=[answer])
    with pytest.raises(error) as refused:
        IDENTITY.token()
    assert "secret" not in str(refused.value)

"""The upstream of a machine is what its go command is set up with."""

import pytest

from scripts.local.upstream import upstreams

OURS = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("goproxy", "expected"),
    [
        ("https://mirror.example,direct", "https://mirror.example"),
        ("https://a.example/go/|https://b.example,off", "https://a.example/go|https://b.example"),
        ("direct", "off"),
        ("off", "off"),
        ("file:///srv/modules,https://a.example", "https://a.example"),
        (f"{OURS},https://a.example,direct", "https://a.example"),
        (f"https://a.example, {OURS}/|direct", "https://a.example"),
    ],
)
def test_the_urls_are_kept_and_the_words_are_not(monkeypatch: pytest.MonkeyPatch, goproxy: str, expected: str) -> None:
    monkeypatch.setenv("GOENV", "off")
    monkeypatch.setenv("GOPROXY", goproxy)
    assert upstreams(OURS) == expected


def test_our_own_url_pasted_into_the_shell_is_never_our_upstream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOENV", "off")
    settled = upstreams(OURS)  # what go is set up with when no variable says otherwise
    monkeypatch.setenv("GOPROXY", f"{OURS},direct")
    assert upstreams(OURS) == settled
    assert OURS not in settled

"""Every kind of trouble that an upstream can be in, for a loopback one to be put into."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.goproxy_server import Answer, GoProxyServer, make_zip

Spoil = Callable[[str, Answer], Answer]
"""What a URL path answers in an outage, by what it would answer else."""


def _size(good: Answer) -> int:
    return len(good.body) if isinstance(good.body, bytes) else good.body.stat().st_size


def _other_bytes(path: str, good: Answer) -> Answer:
    """Another go.mod, and a zip that is valid but for its content. What an .info says nobody has on record."""
    if path.endswith(".mod"):
        return Answer(f"{_text(good)}\ngo 1.99\n".encode())
    return replace(good, body=_zip(path, "x.go")) if path.endswith(".zip") else good


def _wrong_length(path: str, good: Answer) -> Answer:
    """What a cut list or @latest lacks nobody can know; a file says itself what it is."""
    return replace(good, declared_length=_size(good) - 3) if "/@v/v" in path else good


def _invalid_zip(path: str, good: Answer) -> Answer:
    return replace(good, body=_zip(path, "../../etc/passwd")) if path.endswith(".zip") else good


def _zip(path: str, name: str) -> bytes:
    module, _, file = path.removeprefix("/").partition("/@v/")
    files = {"go.mod": f"module {module}\n\ngo 1.21\n".encode(), name: b"package evil\n" * 1000}
    return make_zip(module, file.removesuffix(".zip"), files)


def _text(good: Answer) -> str:
    assert isinstance(good.body, bytes)
    return good.body.decode()


OUTAGES: dict[str, Spoil] = {
    "absent": lambda path, _: Answer(f"not found: {path}\n".encode(), 404),
    "in error": lambda _, __: Answer(b"we are sorry\n", 500),
    "busy": lambda _, __: Answer(b"come again\n", 503),
    "resetting": lambda _, good: replace(good, resets=True),
    "silent": lambda _, __: Answer(hold_at=-1),
    "stalling": lambda _, good: replace(good, hold_at=_size(good) // 2),
    "too short": lambda _, good: replace(good, cut_at=_size(good) // 2),
    "of a wrong length": _wrong_length,
    "lying": _other_bytes,
    "a web page": lambda _, __: Answer(b"<html>please log in</html>", content_type="text/html"),
    "a web page in disguise": lambda _, good: replace(good, body=b"<!doctype html><p>please log in</p>"),
    "no module zip": _invalid_zip,
}
"""What an upstream that still listens may be."""

REFUSING = "refusing connections"
KINDS = [*OUTAGES, REFUSING]


@contextmanager
def outage(upstream: GoProxyServer, kind: str) -> Iterator[None]:
    """Have all that upstream offers be in one kind of trouble for the length of a `with` block."""
    if kind == REFUSING:
        with upstream.down():
            yield
        return
    offers = {path: replace(good, gate=threading.Event()) for path, good in upstream.offers.items()}
    spoiled = {path: OUTAGES[kind](path, good) for path, good in offers.items()}
    upstream.answers.update(spoiled)
    try:
        yield
    finally:
        upstream.answers.clear()
        for answer in spoiled.values():
            answer.gate.set()

"""The order in which upstreams are asked, and what their answers together mean."""

import pytest

from gomod.errors import NotFound, RegistryError, UpstreamError, UpstreamTimeout
from gomod.module import ModuleVersion
from gomod_proxy.source import Incoming
from gomod_proxy.upstreams import NoUpstream, Step, Upstreams

V1 = ModuleVersion("a.example/b", "v1.0.0")


class Fake(NoUpstream):
    """Answers with what it is given, or raises it."""

    def __init__(self, answer: str | RegistryError) -> None:
        super().__init__("", NotFound)
        self.answer = answer

    async def versions(self, path: str) -> list[str]:
        assert path == V1.path
        if isinstance(self.answer, RegistryError):
            raise self.answer
        return [self.answer]


ABSENT, TROUBLE, LATE = NotFound("absent"), UpstreamError("trouble"), UpstreamTimeout("late")


@pytest.mark.parametrize(
    ("chain", "result"),
    [
        (["v1.0.0"], "v1.0.0"),
        ([ABSENT, ",", "v1.0.0"], "v1.0.0"),
        ([ABSENT, "|", "v1.0.0"], "v1.0.0"),
        ([TROUBLE, ",", "v1.0.0"], TROUBLE),
        ([TROUBLE, "|", "v1.0.0"], "v1.0.0"),
        ([ABSENT, ",", ABSENT], ABSENT),
        ([TROUBLE, "|", ABSENT], TROUBLE),  # it may be where the trouble is
        ([ABSENT, ",", TROUBLE, ",", "v1.0.0"], TROUBLE),
        ([TROUBLE, "|", LATE, "|", ABSENT], LATE),
        (["v1.0.0", ",", "v2.0.0"], "v1.0.0"),
    ],
)
async def test_the_next_one_is_asked_as_goproxy_says(
    chain: list[str | RegistryError], result: str | RegistryError
) -> None:
    fakes = [Fake(answer) for answer in chain[::2]]
    separators = [*chain[1::2], ","]
    upstreams = Upstreams([Step(fake, each == "|") for fake, each in zip(fakes, separators, strict=True)])
    if isinstance(result, RegistryError):
        with pytest.raises(type(result)) as raised:
            await upstreams.versions("a.example/b")
        assert raised.value is result
    else:
        assert await upstreams.versions("a.example/b") == [result]


async def test_off_at_the_end_is_absence() -> None:
    off = NoUpstream("off", NotFound)
    upstreams = Upstreams([Step(Fake(ABSENT), bridged=False), Step(off, bridged=False)])
    with pytest.raises(NotFound, match="off"):
        await upstreams.versions("a.example/b")


async def test_whoever_is_never_asked_says_why() -> None:
    offline = NoUpstream("on purpose", UpstreamError)
    for asking in (
        offline.versions(V1.path),
        offline.latest(V1.path),
        offline.query(V1.path, "main"),
        offline.document(V1, "mod"),
    ):
        with pytest.raises(UpstreamError, match=r"a\.example/b.*on purpose"):
            await asking
    with pytest.raises(UpstreamError, match="zip"):
        async with offline.zip(V1) as incoming:
            assert isinstance(incoming, Incoming)

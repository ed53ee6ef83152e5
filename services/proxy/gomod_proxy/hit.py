"""One answer that can be given again, and how it is told when an answer that goes by is one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from starlette.types import Message, Send

from gomod_proxy.sent_file import SentFile
from gomod_service.access_log import AccessLog, Line
from gomod_service.at_once import Header
from gomod_service.observability import Tally

LARGEST_BYTES = 64 << 10
"""Of a body in memory; of a larger one only the open file is remembered."""


@dataclass(frozen=True)
class Hit:
    """All of an answer but what is new each time: the request id and the date. Most are never given again."""

    headers: tuple[Header, ...]
    body: bytes
    file: SentFile | None  # instead of the body
    rules: object
    until: float  # by the clock
    tally: Tally
    facts: Mapping[str, object]  # for the access log
    access_log: AccessLog

    @cached_property
    def head(self) -> bytes:
        """The headers as HTTP/1.1 has them, and the beginning of one that is new each time."""
        return b"".join(b"%b: %b\r\n" % each for each in self.headers) + b"x-request-id: "

    def tell(self, seconds: float, size: int, client: str, request_id: str) -> None:
        """Count and log that it was given once more: in how many seconds, and how many bytes of its body."""
        self.tally.count(seconds, size)
        self._line(seconds, size, client, request_id)

    @cached_property
    def _line(self) -> Line:
        return self.access_log(self.facts)


class SeenAnswer:
    """An answer as it went by, and its body in so far as it is small."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.whole = False
        self._ok = False
        self._small = False
        self._file = False  # it is sent from one

    def header(self, name: bytes) -> str:
        """The value of a header, empty without it."""
        return dict(self.headers).get(name, b"").decode()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.headers = list(message["headers"])
            self._ok = message["status"] == 200
            self._small = self._ok and int(self.header(b"content-length") or LARGEST_BYTES + 1) <= LARGEST_BYTES
        elif message["type"] == SentFile.EXTENSION:
            self._file = self._ok
        elif self._file:
            self.whole = not message.get("more_body", False)
        elif self._small:
            self.pieces.append(message.get("body", b""))
            self.whole = not message.get("more_body", False)
        await self._send(message)

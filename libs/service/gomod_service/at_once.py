"""What an application can answer without waiting for anything, for servers that can ask it."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

Header = tuple[bytes, bytes]


@runtime_checkable
class AnswersAtOnce(Protocol):
    """An ASGI application that has some answers in memory: no task, no queue, no event between question and answer."""

    def at_once(self, path: str, headers: Sequence[Header], client: str) -> Sequence[bytes] | None:
        """The 200 to a GET without a query, as pieces of an HTTP/1.1 message that follow its status line and Date.

        None when the answer takes longer, or is another one: then the request goes the usual way.
        """
        ...

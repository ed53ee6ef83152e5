"""What an upstream last said where it may say something else next time, so that it can answer "no change"."""

from collections.abc import Mapping
from dataclasses import dataclass

from gomod_proxy.lru import Lru

MAX_TEXTS = 2000
MAX_BYTES = 64 * 1024  # of one text: longer lists are few


@dataclass(frozen=True, slots=True)
class Seen:
    """A text, and the request headers that ask for it only if it is another one now."""

    body: bytes
    conditions: Mapping[str, str]


class LastSeen:
    """The texts of one upstream by URL path, the last used ones."""

    def __init__(self) -> None:
        self._texts: Lru[Seen] = Lru(MAX_TEXTS)

    def get(self, name: str) -> Seen | None:
        """What was last seen there, if that is remembered."""
        return self._texts.get(name)

    def note(self, name: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Remember a text together with its validators; one without any, or too long, is forgotten."""
        pairs = (("etag", "if-none-match"), ("last-modified", "if-modified-since"))
        conditions = {condition: headers[validator] for validator, condition in pairs if validator in headers}
        if conditions and len(body) <= MAX_BYTES:
            self._texts.put(name, Seen(body, conditions))
        else:
            self._texts.drop(name)

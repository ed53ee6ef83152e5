"""The multipart/form-data syntax (RFC 7578) of an upload: which bytes belong to which part."""

from collections.abc import Sequence
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gomod.errors import InvalidModule, Malformed, UnsupportedMedia, Violation


class Part(Protocol):
    """Takes the content of one part, piece by piece."""

    name: str

    def take(self, data: bytes) -> None:
        """The next piece. Raises TooLarge."""
        ...

    def end(self) -> None:
        """There is no more. Raises InvalidModule when what came can't be meant."""
        ...

    async def settle(self) -> None:
        """Do what has to wait, between two pieces of the body. Raises StoreFull or Unavailable."""
        ...


def boundary_of(content_type: str) -> bytes:
    """What separates the parts. Raises UnsupportedMedia for another media type, Malformed without a usable boundary."""
    media_type, options = parse_options_header(content_type)
    if media_type != b"multipart/form-data":
        said = media_type.decode("latin-1") or "nothing"
        raise UnsupportedMedia(f"the Content-Type says {said!r}; an upload is multipart/form-data")
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= 70:  # RFC 2046, 5.1.1
        raise Malformed("the Content-Type has no boundary of 1 to 70 characters")
    return boundary


class Form:
    """Hands each expected part its content. A part that is unknown or comes twice is refused before it is read."""

    def __init__(self, boundary: bytes, parts: Sequence[Part]) -> None:
        self._expected = {part.name: part for part in parts}
        self._seen: set[str] = set()
        self._current: Part | None = None
        self._header_name = b""
        self._header_value = b""
        self._disposition = b""
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, data: bytes) -> None:
        """The next piece of the body. Raises Malformed, InvalidModule, and whatever a part raises."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise Malformed(f"the body is not multipart/form-data with the announced boundary: {error}") from error

    def finish(self) -> None:
        """The body is over. Raises Malformed when that is too soon, InvalidModule naming the parts that never came."""
        if not self._ended:
            raise Malformed("the body ends before its last boundary: it was cut off, or the boundary is another one")
        missing = [name for name in self._expected if name not in self._seen]
        if missing:
            raise InvalidModule(tuple(Violation("part-missing", f"the part {name!r} is missing") for name in missing))

    def _on_part_begin(self) -> None:
        self._disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        disposition, options = parse_options_header(self._disposition.decode("latin-1"))
        if disposition != b"form-data" or b"name" not in options:
            raise Malformed("a part has no 'Content-Disposition: form-data' with a name")
        name = options[b"name"].decode("utf-8", "replace")
        if name not in self._expected:
            known = ", ".join(self._expected)
            raise InvalidModule((Violation("part-unknown", f"there is no part {name!r}, only {known}"),))
        if name in self._seen:
            raise InvalidModule((Violation("part-repeated", f"the part {name!r} was sent twice"),))
        self._seen.add(name)
        self._current = self._expected[name]

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        assert self._current is not None  # its headers were finished
        self._current.take(data[start:end])

    def _on_part_end(self) -> None:
        assert self._current is not None  # its headers were finished
        self._current.end()

    def _on_end(self) -> None:
        self._ended = True

"""How long a client is waited for: one that trickles must not hold a staging folder and a connection for ever."""

from collections.abc import AsyncGenerator, AsyncIterator

import anyio

from gomod.errors import TooSlow

BYTES_PER_SECOND = 16 * 1024


class Patience:
    """A store of seconds that waiting uses up and bytes refill; never more than there was at first.

    Only the waiting counts. While we write to a slow disk the client is not waited for.
    """

    def __init__(self, seconds: float) -> None:
        self._full = seconds
        self._left = seconds

    async def with_each(self, body: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
        """The pieces of `body` as they come. Raises TooSlow when the patience is used up."""
        while True:
            begun = anyio.current_time()
            try:
                with anyio.fail_after(self._left):
                    piece = await anext(body, None)
            except TimeoutError as error:
                raise TooSlow(
                    f"the upload comes too slowly: it was waited for {self._full:g} s longer than its bytes need at "
                    f"{BYTES_PER_SECOND} bytes a second"
                ) from error
            if piece is None:
                return
            self._left -= anyio.current_time() - begun
            self._left = min(self._full, self._left + len(piece) / BYTES_PER_SECOND)
            yield piece

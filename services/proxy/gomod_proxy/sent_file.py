"""A response whose body the kernel sends, out of a stored file (ASGI's extension zerocopysend)."""

from collections.abc import AsyncIterator, Callable
from http import HTTPStatus

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gomod.errors import RegistryError
from gomod_service.at_once import Header
from gomod_storage import Extent

log = structlog.get_logger(__name__)


class SentFile(Response):
    """It can be given any number of times; the scope of a request that was answered with one has it as `sent_file`."""

    EXTENSION = "http.response.zerocopysend"

    def __init__(
        self, extents: Callable[[], AsyncIterator[Extent]], status: HTTPStatus, headers: dict[str, str], media_type: str
    ) -> None:
        """`extents()` is the whole body, each time anew."""
        super().__init__(None, status, headers, media_type)
        self._extents = extents

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        scope["sent_file"] = self
        await self.give(self.raw_headers, send)

    async def give(self, headers: list[Header], send: Send) -> int:
        """Answer under these headers; returns how many bytes went out. What fails in the middle is broken off."""
        extents = self._extents()
        extent = await anext(extents, None)  # what fails before this still has a status of its own
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        sent = 0
        try:
            while extent is not None:
                where = {"file": extent.file, "offset": extent.offset, "count": extent.size}
                await send({"type": self.EXTENSION, **where, "more_body": True})
                sent += extent.size
                extent = await anext(extents, None)
        except RegistryError as error:
            # Too late for a status. Without the closing message the server hangs up, and the client knows.
            log.warning("body_broken_off", error=str(error))
        except ConnectionError:
            log.debug("client_gone")
        else:
            await send({"type": "http.response.body", "body": b""})
        return sent

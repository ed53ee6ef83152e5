"""Reading the multipart body of a request, piece by piece: nothing is ever whole in memory.

The parser is python-multipart's callback parser: 2.6 GB/s, also where a part is full of line ends (streaming-form-data:
6 GB/s, and there 60 MB/s). Only its own boundary, nearly, over and over slows it down, to 1 MB/s; a piece of the body
still takes it a fraction of a second.
"""

from collections.abc import Sequence
from contextlib import aclosing

from starlette.requests import Request

from gomod.errors import TooLarge, UnsupportedMedia
from gomod_uploader.form import Form, Part, boundary_of
from gomod_uploader.patience import Patience


async def read_form(request: Request, parts: Sequence[Part], limit: int, patience_seconds: float) -> None:
    """Fill `parts`, each of which must come exactly once, from a body of at most `limit` bytes.

    Raises UnsupportedMedia, TooLarge, TooSlow, Malformed for what is no multipart form, InvalidModule for parts that
    are missing, unknown or given twice, and what the parts raise; starlette's ClientDisconnect passes through.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise UnsupportedMedia(f"the body is encoded as {encoding!r}; send it plain, a zip is packed already")
    boundary = boundary_of(request.headers.get("content-type", ""))
    announced = int(request.headers.get("content-length", "0"))  # the server has refused what is no number
    if announced > limit:
        raise TooLarge(f"the body has {announced} bytes; at most {limit} are taken")
    form = Form(boundary, parts)
    received = 0
    async with aclosing(request.stream()) as body:
        async for piece in Patience(patience_seconds).with_each(body):
            received += len(piece)
            if received > limit:
                raise TooLarge(f"the body has more than {limit} bytes")
            form.feed(piece)
            for part in parts:
                await part.settle()
    form.finish()

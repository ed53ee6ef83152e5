"""Receiving an upload: a multipart body becomes files in the store's staging area. Knows HTTP, and no Go.

Memory stays flat, whatever is sent. The parser is python-multipart's callback parser: 2.6 GB/s, also where a part is
full of line ends (streaming-form-data: 6 GB/s, and there 60 MB/s). Only its own boundary, nearly, over and over slows
it down, to 1 MB/s; a piece of the body still takes it a fraction of a second.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, aclosing
from dataclasses import dataclass

from starlette.requests import Request

from gomod.errors import TooLarge, UnsupportedMedia
from gomod.layout import Kind
from gomod.limits import MAX_ZIP_FILE
from gomod_storage.store import Staging
from gomod_uploader.form import Form, boundary_of
from gomod_uploader.parts import FilePart, StagedFile, TextPart
from gomod_uploader.patience import Patience

MAX_TEXT = 4 * 1024
MAX_INFO = 1024 * 1024
MAX_MOD = 1024 * 1024  # x/mod takes 16 MiB; but then everyone who needs the module reads and parses them
MAX_BODY = MAX_ZIP_FILE + MAX_MOD + MAX_INFO + 2 * MAX_TEXT + 64 * 1024  # and the lines between the parts


@dataclass(frozen=True, slots=True)
class Submission:
    """What was sent, nothing of it believed yet."""

    module: str
    version: str
    staging: Staging
    files: Mapping[Kind, StagedFile]


async def receive(
    request: Request, staging: Staging, admit: Callable[[str], None], patience_seconds: float
) -> Submission:
    """Read the whole body into `staging`. `admit` gets the module path as soon as it is known, and may raise.

    Raises UnsupportedMedia, TooLarge, TooSlow, Malformed for what is no multipart form, InvalidModule for parts that
    are missing, unknown or given twice, StoreFull and Unavailable; starlette's ClientDisconnect passes through.
    """
    _refuse_early(request)
    boundary = boundary_of(request.headers.get("content-type", ""))
    module, version = TextPart("module", MAX_TEXT, then=admit), TextPart("version", MAX_TEXT)
    with ExitStack() as stack:
        files: dict[Kind, FilePart] = {
            "info": stack.enter_context(FilePart("info", MAX_INFO, staging.info)),
            "mod": stack.enter_context(FilePart("mod", MAX_MOD, staging.mod)),
            "zip": stack.enter_context(FilePart("zip", MAX_ZIP_FILE, staging.zip)),
        }
        form = Form(boundary, [module, version, *files.values()])
        await _read(request, form, files.values(), Patience(patience_seconds))
        form.finish()
        staged = {kind: await part.finish() for kind, part in files.items()}
    return Submission(module.text, version.text, staging, staged)


async def _read(request: Request, form: Form, files: Iterable[FilePart], patience: Patience) -> None:
    received = 0
    async with aclosing(request.stream()) as body:
        async for chunk in patience.with_each(body):
            received += len(chunk)
            if received > MAX_BODY:
                raise _too_large(f"more than {MAX_BODY}")
            form.feed(chunk)
            for file in files:
                await file.write_out_when_full()


def _refuse_early(request: Request) -> None:
    """What the headers alone tell."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise UnsupportedMedia(f"the body is encoded as {encoding!r}; send it plain, a zip is packed already")
    length = request.headers.get("content-length", "0")
    if int(length) > MAX_BODY:  # the server took only digits for it
        raise _too_large(length)


def _too_large(length: str) -> TooLarge:
    return TooLarge(f"the upload is {length} bytes; the limit is {MAX_BODY}, with a zip of at most {MAX_ZIP_FILE}")

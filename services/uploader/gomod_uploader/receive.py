"""Receiving an upload: its form becomes files in the store's staging area. Knows HTTP, and no Go."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from starlette.requests import Request

from gomod.layout import Kind
from gomod.limits import MAX_ZIP_FILE
from gomod_storage.store import Staging
from gomod_uploader.body import read_form
from gomod_uploader.parts import MAX_TEXT, FilePart, StagedFile, TextPart

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

    Raises what `read_form` raises, StoreFull and Unavailable.
    """
    module, version = TextPart("module", then=admit), TextPart("version")
    with ExitStack() as stack:
        files: dict[Kind, FilePart] = {
            "info": stack.enter_context(FilePart("info", MAX_INFO, staging.info)),
            "mod": stack.enter_context(FilePart("mod", MAX_MOD, staging.mod)),
            "zip": stack.enter_context(FilePart("zip", MAX_ZIP_FILE, staging.zip)),
        }
        await read_form(request, [module, version, *files.values()], MAX_BODY, patience_seconds)
        staged = {kind: await part.finish() for kind, part in files.items()}
    return Submission(module.text, version.text, staging, staged)

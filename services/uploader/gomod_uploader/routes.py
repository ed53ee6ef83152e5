"""`POST /upload`: received, judged, committed, receipted."""

import json
from functools import partial
from http import HTTPStatus

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.contextvars import bind_contextvars

from gomod.layout import file_name
from gomod_service.tokens import Token
from gomod_storage.store import ModuleStore
from gomod_uploader.auth import Gatekeeper
from gomod_uploader.receipt import Receipt, published, stored
from gomod_uploader.receive import receive
from gomod_uploader.validate import validate


def upload_routes(gatekeeper: Gatekeeper, store: ModuleStore, public_url: str) -> list[Route]:
    """The one route that writes."""

    async def upload(request: Request) -> Response:
        publisher = gatekeeper.identify(request.headers.get("authorization"))
        bind_contextvars(publisher=publisher.name)
        receipt = await _publish(request, publisher, gatekeeper, store)
        status = HTTPStatus.OK if receipt.identical else HTTPStatus.CREATED
        bind_contextvars(module=str(receipt.module), h1=receipt.h1)
        return Response(
            json.dumps(receipt.document(public_url), indent=2) + "\n",
            status,
            {"location": f"{public_url}/{file_name(receipt.module, 'info')}", "cache-control": "no-store"},
            "application/json",
        )

    return [Route("/upload", upload, methods=["POST"])]


async def _publish(request: Request, publisher: Token, gatekeeper: Gatekeeper, store: ModuleStore) -> Receipt:
    async with store.stage() as staging:
        submission = await receive(request, staging, partial(gatekeeper.admit, publisher))
        valid = await to_thread.run_sync(validate, submission)
        if await store.commit(valid.release):
            return published(submission, valid)
        return await stored(valid.release, store)

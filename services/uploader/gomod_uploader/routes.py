"""`POST /upload`: the one route that writes."""

import json
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.contextvars import bind_contextvars

from gomod.errors import Malformed
from gomod.layout import file_name
from gomod_storage.store import ModuleStore
from gomod_uploader.auth import Gatekeeper
from gomod_uploader.publishing import Publishing
from gomod_uploader.receipt import Receipt
from gomod_uploader.rehearsal import rehearse


def upload_routes(gatekeeper: Gatekeeper, publishing: Publishing, store: ModuleStore, public_url: str) -> list[Route]:
    """`POST /upload` publishes; with `?dry_run=1` it does everything but that."""

    async def upload(request: Request) -> Response:
        publisher = await gatekeeper.identify(request.headers.get("authorization"))
        bind_contextvars(publisher=publisher.name)
        if _is_dry_run(request):
            receipt = await publishing.publish(request, publisher, partial(rehearse, store=store))
            return _answer(receipt, HTTPStatus.OK, public_url, dry_run=True)
        receipt = await publishing.publish(request, publisher, store.commit)
        status = HTTPStatus.OK if receipt.identical else HTTPStatus.CREATED
        return _answer(receipt, status, public_url, dry_run=False)

    return [Route("/upload", upload, methods=["POST"])]


def _is_dry_run(request: Request) -> bool:
    query = request.url.query
    # Nothing else is understood: whoever mistypes it means not to publish.
    if query not in ("", "dry_run=1"):
        raise Malformed(f"the query {query!r} says nothing here; the only one is dry_run=1")
    return bool(query)


def _answer(receipt: Receipt, status: HTTPStatus, public_url: str, *, dry_run: bool) -> Response:
    bind_contextvars(module=str(receipt.module), h1=receipt.h1, identical=receipt.identical, dry_run=dry_run)
    return Response(
        json.dumps({**receipt.document(public_url), "dry_run": dry_run}, ensure_ascii=False, indent=2) + "\n",
        status,
        {"location": f"{public_url}/{file_name(receipt.module, 'info')}", "cache-control": "no-store"},
        "application/json",
    )

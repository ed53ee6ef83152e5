"""`POST /upload`: the one route that writes. Its query says what is meant; without one, to publish."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.contextvars import bind_contextvars

from gomod.errors import Malformed
from gomod.layout import file_name
from gomod_storage.store import ModuleStore
from gomod_uploader.auth import Gatekeeper, Publisher
from gomod_uploader.publishing import Ending, Publishing
from gomod_uploader.receipt import Receipt
from gomod_uploader.rehearsal import rehearse
from gomod_uploader.withdrawing import Withdrawing

_Action = Callable[[Request, Publisher], Awaitable[Response]]


def upload_routes(
    gatekeeper: Gatekeeper, publishing: Publishing, withdrawing: Withdrawing, store: ModuleStore, public_url: str
) -> list[Route]:
    """One path for all, so that one exact route of the gateway is enough."""
    for_real = Ending("publish", store.commit)
    dry_run = Ending("dry run", partial(rehearse, store=store))

    async def publish(request: Request, publisher: Publisher) -> Response:
        receipt = await publishing.publish(request, publisher, for_real)
        status = HTTPStatus.OK if receipt.identical else HTTPStatus.CREATED
        return _receipt(receipt, status, public_url, dry_run=False)

    async def try_out(request: Request, publisher: Publisher) -> Response:
        receipt = await publishing.publish(request, publisher, dry_run)
        return _receipt(receipt, HTTPStatus.OK, public_url, dry_run=True)

    async def withdraw(request: Request, publisher: Publisher) -> Response:
        return _json(await withdrawing.withdraw(request, publisher))

    async def reinstate(request: Request, publisher: Publisher) -> Response:
        return _json(await withdrawing.reinstate(request, publisher))

    actions: Mapping[str, _Action] = {
        "": publish,
        "dry_run=1": try_out,
        "withdraw=1": withdraw,
        "reinstate=1": reinstate,
    }

    async def upload(request: Request) -> Response:
        publisher = await gatekeeper.identify(request.headers.get("authorization"))
        bind_contextvars(publisher=publisher.name)
        query = request.url.query
        # Nothing else is understood: whoever mistypes it means not to publish.
        if query not in actions:
            raise Malformed(f"the query {query!r} says nothing here; known are {', '.join(filter(None, actions))}")
        return await actions[query](request, publisher)

    return [Route("/upload", upload, methods=["POST"])]


def _receipt(receipt: Receipt, status: HTTPStatus, public_url: str, *, dry_run: bool) -> Response:
    module = receipt.module
    bind_contextvars(module=module.path, version=module.version, h1=receipt.h1)
    bind_contextvars(identical=receipt.identical, dry_run=dry_run)
    response = _json({**receipt.document(public_url), "dry_run": dry_run}, status)
    response.headers["location"] = f"{public_url}/{file_name(receipt.module, 'info')}"
    return response


def _json(document: Mapping[str, object], status: HTTPStatus = HTTPStatus.OK) -> Response:
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    # A go.mod that is not UTF-8 is quoted in warnings: what was committed must not be answered with a crash.
    data = text.encode("utf-8", "backslashreplace")
    return Response(data, status, {"cache-control": "no-store"}, "application/json")

"""How the uploader is put together; the only place that knows all of its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import asdict

from anyio import to_thread
from starlette.applications import Starlette
from starlette.types import ASGIApp

from gomod_service.access_log import access_log
from gomod_service.health import health_routes
from gomod_service.lingering import Lingering
from gomod_service.observability import STORE_SECONDS, RequestContext
from gomod_service.operations import Stopwatch
from gomod_service.settings import SettingsError
from gomod_service.tokens import Tokens
from gomod_service.traces import open_traces
from gomod_service.volume_metrics import expose_volume
from gomod_storage.headroom import headroom, local_folder
from gomod_storage.observed import ObservedStore
from gomod_storage.open import open_store
from gomod_storage.store import ModuleStore
from gomod_uploader.auth import Gatekeeper
from gomod_uploader.problems import exception_handlers
from gomod_uploader.publishing import Publishing
from gomod_uploader.routes import upload_routes
from gomod_uploader.settings import Settings
from gomod_uploader.trusted_publishing import TrustedPublishing
from gomod_uploader.withdrawing import Withdrawing


def create_app(settings: Settings) -> ASGIApp:
    """The uploader as an ASGI application. Raises SettingsError when a setting names something wrong."""
    traces = open_traces(settings.traces_url, settings.traces_share, "gomod-uploader")
    store = ObservedStore(_open_store(settings.storage_url), Stopwatch("store", STORE_SECONDS, traces))
    if (folder := local_folder(settings.storage_url)) is not None:
        expose_volume(str(folder), lambda: asdict(headroom(folder)))
    trust_file = settings.trusted_publishers_file
    trusted = None if trust_file is None else TrustedPublishing(trust_file)
    gatekeeper = Gatekeeper(Tokens(settings.upload_tokens_file), trusted, settings.private_patterns)
    publishing = Publishing(gatekeeper, store, settings.private_patterns, settings.patience_seconds)
    withdrawing = Withdrawing(gatekeeper, store, settings.patience_seconds)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await store.start()
        async with trusted or nullcontext():
            yield
        await to_thread.run_sync(traces.close)

    app = Starlette(
        routes=[
            *upload_routes(gatekeeper, publishing, withdrawing, store, settings.public_url),
            *health_routes("gomod-uploader", store.ready),
        ],
        exception_handlers=exception_handlers,
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # /upload/ is another path, and the gateway's business
    return RequestContext(traces.of_requests(Lingering(app)), access_log(settings.log_level, settings.log_format))


def _open_store(url: str) -> ModuleStore:
    try:
        return open_store(url)
    except ValueError as error:
        raise SettingsError(f"GOMOD_STORAGE_URL is wrong: {error}") from error

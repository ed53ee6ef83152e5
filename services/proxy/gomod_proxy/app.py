"""The composition root: alone in knowing which reader stands behind which."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.applications import Starlette
from starlette.types import ASGIApp

from gomod.errors import NotFound
from gomod_proxy import peers
from gomod_proxy.checks import Checks
from gomod_proxy.checksum_routes import anything, checksum_routes
from gomod_proxy.fallback import Fallback
from gomod_proxy.feeds import Feeds, everything
from gomod_proxy.gateways import Gateways
from gomod_proxy.governed import Governed
from gomod_proxy.hits import MOVING_SECONDS, Hits, no_rules
from gomod_proxy.metrics import UPSTREAM_SECONDS
from gomod_proxy.noted import Noted
from gomod_proxy.observed_source import ObservedSource
from gomod_proxy.origin import Origin
from gomod_proxy.own import OwnModules
from gomod_proxy.path_prefix import PathPrefix
from gomod_proxy.policy import Policy, parse_policy
from gomod_proxy.pull_through import PullThrough
from gomod_proxy.reader import Cache, ModuleReader
from gomod_proxy.reading import Everybody, ReadingRights, TokenHolders
from gomod_proxy.remembered import Lifetimes
from gomod_proxy.resolver import Resolver
from gomod_proxy.routes import module_routes
from gomod_proxy.settings import ProxySettings
from gomod_proxy.stored import Stored
from gomod_proxy.unrecorded import Unrecorded
from gomod_proxy.upkeep import Upkeep, look_after
from gomod_proxy.upstreams import NoUpstream
from gomod_service.access_log import access_log
from gomod_service.health import health_routes
from gomod_service.http_errors import exception_handlers
from gomod_service.lingering import Lingering
from gomod_service.observability import STORE_SECONDS, RequestContext
from gomod_service.operations import Stopwatch
from gomod_service.reloading import ReloadingFile
from gomod_service.settings import SettingsError
from gomod_service.tokens import Tokens
from gomod_service.traces import NoTraces, Traces, open_traces
from gomod_storage import ModuleStore
from gomod_storage.observed import ObservedStore
from gomod_storage.open import open_store

_NOT_FETCHED = "temporarily unavailable (Disable-Module-Fetch)"  # the public mirror's words, which tools look for


def create_app(settings: ProxySettings) -> ASGIApp:
    """The proxy as an ASGI application; it opens its connections in its lifespan. Raises SettingsError."""
    traces = open_traces(settings.traces_url, settings.traces_share, "gomod-proxy")
    store = ObservedStore(_open_store(settings.storage_url), Stopwatch("store", STORE_SECONDS, traces))
    return app_on(store, settings, traces, look_after(settings))


def app_on(
    store: ModuleStore, settings: ProxySettings, traces: Traces | None = None, upkeep: Upkeep | None = None
) -> ASGIApp:
    """The same on a store that the caller opened: gomod-admin asks it without changing anything."""
    traces = traces or NoTraces()
    own_modules = OwnModules(settings.private_patterns)
    client = peers.http_client(settings)
    lifetimes = Lifetimes(settings.list_ttl, settings.negative_ttl, settings.network_mode != "strict")
    sumdb_client = peers.sumdb_client(settings)
    databases = [peers.checksum_database(each, settings, store, sumdb_client, lifetimes) for each in settings.sumdbs]
    unrecorded = Unrecorded(own_modules, settings.nosumdb_patterns)
    checks = Checks(databases[0] if databases else None, unrecorded)
    source = ObservedSource(peers.source_of(settings, client), Stopwatch("upstream", UPSTREAM_SECONDS, traces))
    pull_through = PullThrough(store, source, checks, lifetimes)
    # strict: trouble with upstream is the answer. Else the store answers; offline there is nothing but trouble.
    public: ModuleReader = pull_through if settings.network_mode == "strict" else Fallback(pull_through, store)
    own = Stored(store, Cache.LOCAL)
    nothing = NoUpstream(_NOT_FETCHED, NotFound)
    without_upstream = PullThrough(store, nothing, checks, Lifetimes(0, 0, bridges_trouble=False))
    policy = _policy(settings.policy_file)
    reader = _governed(_noted(Resolver(own_modules, own, public), upkeep), own_modules, policy)
    stored_only = _governed(_noted(Resolver(own_modules, own, without_upstream), upkeep), own_modules, policy)
    rights = _rights(settings, own_modules)
    feeds = Feeds(store, rights, stored_only.allows if isinstance(stored_only, Governed) else everything)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await store.start()
        async with client, sumdb_client, upkeep or nullcontext():
            yield
            for aclose in (pull_through.aclose, without_upstream.aclose, *(each.aclose for each in databases)):
                await aclose()
        await to_thread.run_sync(traces.close)

    routes = [
        *health_routes("gomod-proxy", store.ready),
        *checksum_routes(databases, unrecorded, reader.check if isinstance(reader, Governed) else anything),
        *module_routes(reader, stored_only, feeds, own_modules, rights, settings.public_url),
    ]
    app = Starlette(routes=routes, exception_handlers=exception_handlers, lifespan=lifespan)
    traced = traces.of_requests(Origin(Lingering(app), own_modules))
    lines = access_log(settings.log_level, settings.log_format)
    answering: ASGIApp = PathPrefix(RequestContext(traced, lines), urlsplit(settings.public_url).path)
    if isinstance(traces, NoTraces):  # else each request is to be seen
        answering = Hits(answering, policy or no_rules, lines, min(settings.list_ttl, MOVING_SECONDS))
    return answering


def _open_store(url: str) -> ModuleStore:
    try:
        return open_store(url)
    except ValueError as error:
        raise SettingsError(f"GOMOD_STORAGE_URL is wrong: {error}") from error


def _policy(file: Path | None) -> Callable[[], Policy] | None:
    return None if file is None else ReloadingFile(file, "policy", parse_policy).current


def _noted(reader: ModuleReader, upkeep: Upkeep | None) -> ModuleReader:
    return reader if upkeep is None else Noted(reader, upkeep.note)


def _governed(reader: ModuleReader, own_modules: OwnModules, policy: Callable[[], Policy] | None) -> ModuleReader:
    return reader if policy is None else Governed(reader, own_modules, policy)


def _rights(settings: ProxySettings, own_modules: OwnModules) -> ReadingRights:
    if settings.read_tokens_file is None:
        if settings.read_gateways:
            raise SettingsError("GOMOD_READ_GATEWAYS says nothing without GOMOD_READ_TOKENS_FILE: everybody may read")
        return Everybody()
    if not settings.read_gateways:
        raise SettingsError("GOMOD_READ_TOKENS_FILE needs GOMOD_READ_GATEWAYS: go shows tokens over TLS alone")
    if not settings.public_url.startswith("https://"):
        raise SettingsError("GOMOD_READ_TOKENS_FILE needs an https GOMOD_PUBLIC_URL: go shows tokens over TLS alone")
    tokens = Tokens(settings.read_tokens_file)
    return TokenHolders(tokens, own_modules, Gateways(settings.read_gateways), settings.public_url)

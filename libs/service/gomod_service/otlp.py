"""Traces by OpenTelemetry, sent to a collector as OTLP over HTTP; needs the extra `traces`."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode, Tracer, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, get_contextvars

from gomod_service.operations import outcome_of

SEND_SECONDS = 5  # for one try to reach the collector; the service's end waits for it

_PROBES = frozenset({"/healthz", "/readyz"})  # asked every few seconds for ever: nobody looks at their traces


class OtlpTraces:
    """Traces for one collector; arguments as for `open_traces`."""

    def __init__(self, url: str, share: float, service: str) -> None:
        resource = Resource.create({"service.name": service, "service.version": version("gomod-registry")})
        self._provider = TracerProvider(ParentBased(TraceIdRatioBased(share)), resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url, timeout=SEND_SECONDS)))
        self._tracer = self._provider.get_tracer("gomod-registry")

    def of_requests(self, app: ASGIApp) -> ASGIApp:
        return _TracedRequests(app, self._tracer)

    @contextmanager
    def span(self, name: str, subject: str) -> Iterator[None]:
        with self._tracer.start_as_current_span(
            name, attributes={"gomod.subject": subject}, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                outcome = outcome_of(error)
                span.set_attribute("gomod.outcome", outcome)
                if outcome == "failed":
                    span.set_status(StatusCode.ERROR, str(error))
                raise

    def close(self) -> None:
        self._provider.shutdown()


class _TracedRequests:
    """A span around each request, in the trace that the gateway or the client has begun if it says so (traceparent)."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _PROBES:
            await self._app(scope, receive, send)
            return
        attributes = {
            "http.request.method": scope["method"],
            "url.path": scope["path"],
            "gomod.request_id": get_contextvars()["request_id"],  # RequestContext has put it there
        }
        with self._tracer.start_as_current_span(
            scope["method"],
            context=self._propagator.extract(Headers(scope=scope)),
            kind=SpanKind.SERVER,
            attributes=attributes,
        ) as span:
            # The access log's line leads to the trace, and the trace to the line.
            bind_contextvars(trace_id=format_trace_id(span.get_span_context().trace_id))

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", int(message["status"]))
                    span.set_attribute("gomod.cache", Headers(raw=message["headers"]).get("x-cache", ""))
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            await self._app(scope, receive, watched)
            # Routing has left in the scope what it found: a name from a closed set, as a span's must be.
            endpoint = getattr(scope.get("endpoint"), "__name__", "none")
            span.update_name(f"{scope['method']} {endpoint}")

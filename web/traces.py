"""Traces by OpenTelemetry, sent to a collector over HTTP (OTLP). Imported only if they are on.

A request that brings a `traceparent` header continues that trace, and goes by its decision whether to record.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Receive, Scope, Send

from lobby.runtime.tracing import Attribute
from schema.server_info import VERSION
from web.http.request import header

SERVICE = "adventurebot2-lobby"
SEND_EVERY_MS = 1_000
WAITING_MAX = 4_096
"""Spans that wait to be sent. Further ones are dropped, so that a collector that is away costs no memory."""
EXPORT_WAIT_S = 5

_propagator = TraceContextTextMapPropagator()


class OpenTelemetry:
    """The `Tracing` of a process."""

    def __init__(self, url: str, ratio: float) -> None:
        """`ratio`: the share of traces that are recorded, of those that begin here."""
        resource = Resource.create({"service.name": SERVICE, "service.version": VERSION})
        self._provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(ratio)), resource=resource)
        exporter = OTLPSpanExporter(url, timeout=EXPORT_WAIT_S)
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=WAITING_MAX, schedule_delay_millis=SEND_EVERY_MS)
        )
        self._tracer = self._provider.get_tracer(SERVICE, VERSION)

    def span(self, name: str, attributes: Mapping[str, Attribute]) -> AbstractContextManager[trace.Span]:
        return self._tracer.start_as_current_span(name, attributes=attributes)

    def headers(self) -> Mapping[str, str]:
        carrier: dict[str, str] = {}
        _propagator.inject(carrier)
        return carrier

    def request_span(
        self, name: str, context: Context, attributes: Mapping[str, Attribute]
    ) -> AbstractContextManager[trace.Span]:
        """A span of a request, within the trace that it brings."""
        return self._tracer.start_as_current_span(name, context, kind=trace.SpanKind.SERVER, attributes=attributes)

    def close(self) -> None:
        """Send what waits. Blocks for `EXPORT_WAIT_S` at most if the collector is away."""
        self._provider.shutdown()


class TracedApp:
    """An ASGI app whose HTTP requests are spans. Sockets have spans for their operations only: they last for hours."""

    def __init__(self, app: ASGIApp, tracing: OpenTelemetry) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = {name: value for name in _propagator.fields if (value := header(scope, name.encode())) is not None}
        attributes = {"http.request.method": scope["method"], "url.path": scope["path"][:200]}
        with self._tracing.request_span(scope["method"], _propagator.extract(given), attributes):
            await self._app(scope, receive, send)

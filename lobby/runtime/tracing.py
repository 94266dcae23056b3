"""Spans of the work on a request, for operators who collect traces. Off by default: then a span costs a look at one variable.

`web.traces` sets what makes the spans. The core knows only this module, so that it needs no package for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Attribute = str | int | float | bool


class Tracing(Protocol):
    """Makes spans."""

    def span(self, name: str, attributes: Mapping[str, Attribute]) -> AbstractContextManager[object]:
        """A span within the current one, until the end of the block. An exception that leaves the block marks it as failed."""

    def first_span(
        self, name: str, attributes: Mapping[str, Attribute], has_parts: bool
    ) -> AbstractContextManager[object]:
        """As `first_span` below."""

    def headers(self) -> Mapping[str, str]:
        """`traceparent` (W3C Trace Context) for a request to another service; empty outside of a span."""


NO_SPAN: AbstractContextManager[object] = nullcontext()
_tracing: Tracing | None = None


def set_tracing(tracing: Tracing | None) -> None:
    """For the whole process. None switches it off."""
    global _tracing
    _tracing = tracing


def span(name: str, **attributes: Attribute) -> AbstractContextManager[object]:
    """A span within the trace of this request, if that is recorded. Names have few values: ids and texts of clients do not
    belong into them."""
    return _tracing.span(name, attributes) if _tracing is not None else NO_SPAN


def first_span(name: str, has_parts: bool = True, **attributes: Attribute) -> AbstractContextManager[object]:
    """The same, or outside of a trace the first span of a new one, if that is to be recorded. `has_parts`: it may contain further
    spans that could begin a trace of their own, or messages to other services. Without them the result is `NO_SPAN` itself if
    nothing is recorded."""
    return _tracing.first_span(name, attributes, has_parts) if _tracing is not None else NO_SPAN


def trace_headers() -> Mapping[str, str]:
    """The headers for a request to another service, so that its spans continue the trace."""
    return _tracing.headers() if _tracing is not None else {}

"""Settings of traces."""

from __future__ import annotations

from pydantic import Field

from web.settings.server import SettingsGroup


class TraceSettings(SettingsGroup):
    """Traces"""

    traces_url: str | None = None
    """Where traces are sent: an OpenTelemetry collector's address for traces over HTTP, such as
    `http://127.0.0.1:4318/v1/traces`. It needs the extra `traces` of the package (see [traces.md](traces.md))."""
    traces_ratio: float = Field(0.05, ge=0, le=1)
    """The share of the requests that are traced, of those that do not bring a `traceparent`."""

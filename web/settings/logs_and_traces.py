"""Settings of the log, which goes to standard error, and of traces."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from web.settings.server import SettingsGroup


class LogSettings(SettingsGroup):
    """Log"""

    log_format: Literal["text", "json"] = "text"
    """`text` for people, or `json`: one object in each line (see [operating.md](operating.md#the-log))."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are written."""
    access_log: bool = False
    """Write a line for each HTTP response and each handshake of a WebSocket, without the query string, which may have a token."""
    log_player_ids: Literal["plain", "hashed", "none"] = "plain"
    """The ids of players at the end of log lines: as they are, as a hash that stays the same as long as the secret does, or none.
    A few messages name a player in their text, too."""


class TraceSettings(SettingsGroup):
    """Traces"""

    traces_url: str | None = None
    """The address of an OpenTelemetry collector that receives traces over HTTP, such as
    `http://127.0.0.1:4318/v1/traces`. It needs the extra `traces` of the package (see [traces.md](traces.md))."""
    traces_ratio: float = Field(0.01, ge=0, le=1)
    """The share of the requests that are traced, of those that do not bring a `traceparent`."""
    traces_per_s_max: int = Field(10, ge=1)
    """Requests that are traced in a second, with or without a `traceparent`, which any client can send: each costs about 0.13 ms
    of CPU."""

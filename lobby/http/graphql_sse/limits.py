"""What one stream may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Proxies cut a connection that is silent for some 30 s to 60 s; `keep_alive_s` is how long ours is at most. A send has
    `stalled_send_s` to get through."""

    keep_alive_s: float = 15.0
    stalled_send_s: float = 20.0

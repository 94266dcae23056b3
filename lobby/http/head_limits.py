"""What a connection may cost before it has said what it wants."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """`head_wait_s` is how long a request's head may take, from the connection's start or from the answer before it, bytes that
    drip in between or not; `head_bytes_max` what it may have. uvicorn 0.54 with httptools bounds neither.

    `connections_max` counts TCP connections in all, `connections_per_peer_max` those from one address as the kernel tells it;
    behind a proxy that is the proxy's, so then there is no bound for it: None. One too many is told so as soon as it asks for
    something, within `refused_wait_s`: closed at once with its request unread, it would see a reset in place of the 503.

    A body longer than `body_bytes_max` is not read: see `lobby.http.unread`, for `unread_wait_s`.
    """

    head_wait_s: float = 10.0
    head_bytes_max: int = 32_768
    refused_wait_s: float = 1.0
    body_bytes_max: int = 65_536
    unread_wait_s: float = 1.0
    connections_max: int = 20_000
    connections_per_peer_max: int | None = 1_024

"""uvicorn, set up as the lobby runs it; the tests run the same."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp

from lobby.http.front import Front
from lobby.http.head_limits import HeadLimits
from lobby.http.http_protocol import HTTPProtocol
from lobby.http.socket_protocol import SocketProtocol


@dataclass(frozen=True, slots=True)
class ServingLimits:
    """`send_buffer_bytes` is the kernel's for each connection: left alone it grows to megabytes, and a
    client that stops reading would fill them all. `unacknowledged_s` is how long sent bytes may wait for a
    client's acknowledgement until Linux gives the connection up; by itself that is 15 minutes.
    """

    frame_bytes_max: int = 65_536
    graceful_shutdown_s: int = 10
    ping_interval_s: float = 20.0
    ping_wait_s: float = 20.0
    unacknowledged_s: int = 30
    send_buffer_bytes: int = 131_072
    head: HeadLimits = field(default_factory=HeadLimits)
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks (CIDR) whose X-Forwarded-For and X-Forwarded-Proto are believed: the last address in it that is
    none of these is the client's."""


class Server(uvicorn.Server):
    """Drains before it shuts down. By itself uvicorn 0.54 closes every socket first, without a word, and
    tells the application of the shutdown when nobody is left to hear of it."""

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]] | None = None) -> None:
        super().__init__(config)
        self._drain = drain

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._drain is not None:
            await self._drain()
        await super().shutdown(sockets)


def exit_in_peace_on_signals() -> None:
    """SIGTERM and SIGINT end this process with exit code 0, before the server is up and after it has shut down.

    uvicorn 0.54 shuts down on them, and then raises the signal anew for whoever handled it before: by
    default that is the system, which says that the process was killed.
    """
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: sys.exit(0))


def server_config(
    app: ASGIApp, host: str = "127.0.0.1", port: int = 8000, limits: ServingLimits | None = None
) -> uvicorn.Config:
    """The settings of uvicorn. Small frames gain nothing from compression, so it is off."""
    limits = limits or ServingLimits()
    front = (app.shortcut, app.admission) if isinstance(app, Front) else ()
    return uvicorn.Config(
        app,
        host,
        port,
        http=HTTPProtocol.within(limits.head, *front),
        ws=SocketProtocol,
        ws_max_size=limits.frame_bytes_max,
        ws_ping_interval=limits.ping_interval_s,
        ws_ping_timeout=limits.ping_wait_s,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=limits.graceful_shutdown_s,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(limits.trusted_proxies),
        forwarded_allow_ips=list(limits.trusted_proxies),
    )


def listening_socket(config: uvicorn.Config, limits: ServingLimits | None = None) -> socket.socket:
    """The bound socket to serve on, for `Server.serve(sockets=[...])`; what it is set to, its connections
    inherit."""
    limits = limits or ServingLimits()
    listening = config.bind_socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.send_buffer_bytes)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        wait_ms = limits.unacknowledged_s * 1_000
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, wait_ms)
    return listening

"""uvicorn as the lobby runs it. The tests run it with the same settings."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from time import monotonic

import uvicorn
from starlette.types import ASGIApp

from web.connections.connection_limits import HeadLimits
from web.connections.pings import Pings
from web.connections.unread_bytes import UnreadBytes, UnreadLimits
from web.connections.uvicorn_http import HTTPProtocol, PlainApp
from web.connections.uvicorn_websocket import SocketProtocol
from web.lobby_app import LobbyApp

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServingLimits:
    """Limits of uvicorn and of the kernel for each connection.

    `send_buffer_bytes` and `receive_buffer_bytes` are the kernel's buffers. By default they grow to megabytes. A client that
    stops reading would fill the first, and one that sends more than it may the second.
    `unacknowledged_s` is how long sent bytes may wait for the client's acknowledgement until Linux gives the connection up; by
    default that takes 15 minutes.
    """

    frame_bytes_max: int = 65_536
    graceful_shutdown_s: int = 10
    ping_interval_s: float = 20.0
    ping_wait_s: float = 20.0
    unacknowledged_s: int = 30
    send_buffer_bytes: int = 131_072
    receive_buffer_bytes: int = 65_536
    head: HeadLimits = field(default_factory=HeadLimits)
    unread: UnreadLimits = field(default_factory=UnreadLimits)
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks (CIDR), or `*` for all, whose X-Forwarded-For and X-Forwarded-Proto are believed. The
    address of the client is the last address in X-Forwarded-For that is not among these."""


class Server(uvicorn.Server):
    """Drains before it shuts down. uvicorn 0.54 itself closes every socket first, without a message to the clients, and
    announces the shutdown to the application when no client is left."""

    def __init__(
        self,
        config: uvicorn.Config,
        drain: Callable[[], Awaitable[None]] | None = None,
        stop_wait_s: float | None = None,
        on_hangup: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`on_hangup` is called for each SIGHUP, one call after the other.

        `stop_wait_s`: when the shutdown takes longer than this, the process ends where it is. None: it may take any time.
        """
        super().__init__(config)
        self._drain = drain
        self._stop_wait_s = stop_wait_s
        self._on_hangup = on_hangup
        self._hangups: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._on_hangup is not None and hasattr(signal, "SIGHUP"):
            hangup = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
            self._hangups = asyncio.create_task(_run_after_each(hangup, self._on_hangup), name="SIGHUP")
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        began_at = monotonic()
        if self._hangups is not None:
            self._hangups.cancel()
        if self._stop_wait_s is not None:
            _end_process_after(self._stop_wait_s)
        # No new connections: a client that is asked to reconnect must not come back to this process.
        for listener in self.servers:
            listener.close()
        if self._drain is not None:
            await self._drain()
        if self.config.timeout_graceful_shutdown is not None:
            # uvicorn waits for requests that are not answered yet. The drain has used some of that time.
            left_s = self.config.timeout_graceful_shutdown - (monotonic() - began_at)
            self.config.timeout_graceful_shutdown = max(ceil(left_s), 1)
        await super().shutdown(sockets)


async def _run_after_each(event: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await event.wait()
        event.clear()
        try:
            await work()
        except Exception:
            log.exception("what a signal asked for failed")


STOP_WAIT_S = 20.0
"""The longest shutdown. `graceful_shutdown_s` bounds the wait for clients. The rest usually takes milliseconds, but nothing else
bounds it on a busy machine: the last commits, closing connections to other servers, and the threads that Python waits for at the
exit (documents that are being read, passwords that are being hashed)."""


def _end_process_after(seconds: float) -> None:
    """End this process after so many seconds, unless it has ended by then. What is acknowledged is stored, as after a crash."""
    timer = threading.Timer(seconds, _end_process, [seconds])
    timer.daemon = True
    timer.start()


def _end_process(waited_s: float) -> None:
    log.error("the shutdown took longer than %g s, ending the process: all acknowledged mutations are stored", waited_s)
    logging.shutdown()
    os._exit(1)


def exit_cleanly_on_signals() -> None:
    """End this process with exit code 0 on SIGTERM and SIGINT, before the server is up and after it has shut down.

    uvicorn 0.54 shuts down on them, and then raises the signal again for the handler that was there before. By default
    that is the system's, which reports that the process was killed.
    """
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: sys.exit(0))


def server_config(
    app: ASGIApp, host: str = "127.0.0.1", port: int = 8000, limits: ServingLimits | None = None
) -> uvicorn.Config:
    """The settings of uvicorn. Compression is off: small frames gain nothing from it."""
    limits = limits or ServingLimits()
    served_app = app if isinstance(app, LobbyApp) else PlainApp()
    http = HTTPProtocol.within(limits.head, served_app)
    http.unread_bytes = UnreadBytes(limits.unread, served_app.request_limiter.shared.key_of_host)
    if isinstance(app, LobbyApp):
        app.unread_bytes = http.unread_bytes
    pings = Pings(limits.ping_interval_s, limits.ping_wait_s)
    return uvicorn.Config(
        app,
        host,
        port,
        http=http,
        ws=type("SocketProtocol", (SocketProtocol,), {"unread_bytes": http.unread_bytes, "pings": pings}),
        ws_max_size=limits.frame_bytes_max,
        ws_ping_interval=limits.ping_interval_s,
        ws_ping_timeout=limits.ping_wait_s,
        ws_per_message_deflate=False,
        timeout_keep_alive=limits.head.keep_alive_s,
        timeout_graceful_shutdown=limits.graceful_shutdown_s,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(limits.trusted_proxies),
        forwarded_allow_ips=list(limits.trusted_proxies),
    )


def certificate_problem(certificate: Path, key: Path) -> str | None:
    """Why a server can't use these two files for TLS; None if it can."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:
        return f"no certificate with its key: {error.strerror or error}"
    return None


SOCKET_MODE = 0o660
"""The permissions of a Unix socket: its owner and its group may connect."""


def unix_socket(path: Path, limits: ServingLimits) -> socket.socket:
    """A bound Unix socket. A socket that a process has left behind is replaced; one that somebody listens on is not.

    Raises `OSError` if the path can't be used.
    """
    if path.is_socket():
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    umask = os.umask(0o777 & ~SOCKET_MODE)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(umask)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.send_buffer_bytes)
    return listener


def listening_socket(
    config: uvicorn.Config, limits: ServingLimits | None = None, is_shared: bool = False, own_port: int | None = None
) -> socket.socket:
    """The bound socket to serve on, for `Server.serve(sockets=[...])`. Its connections inherit its options.

    `is_shared`: other processes listen on the same port. `own_port`: this port of the loopback interface, in place of the
    configured one.

    Raises `OSError` if the address can't be used. (uvicorn's own `bind_socket` would log a line of its own and exit.)
    """
    limits = limits or ServingLimits()
    host, port = (config.host, config.port) if own_port is None else ("127.0.0.1", own_port)
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.send_buffer_bytes)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limits.receive_buffer_bytes)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        wait_ms = limits.unacknowledged_s * 1_000
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, wait_ms)
    return listener

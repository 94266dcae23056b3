"""A real server for tests: uvicorn as the lobby runs it, on a free port of this machine, in a thread."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import uvicorn
from starlette.types import ASGIApp

from web.serving import Server, ServingLimits, listening_socket, server_config

SERVED = "served"
"""The name of the threads of servers."""
_UP_WAIT_S = 60.0
_DOWN_WAIT_S = 20.0


class _AnnouncedServer(Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]] | None) -> None:
        super().__init__(config, drain)
        self.up = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@contextmanager
def served(
    app: ASGIApp,
    drain: Callable[[], Awaitable[None]] | None = None,
    limits: ServingLimits | None = None,
) -> Iterator[str]:
    """Serve an ASGI app, lifespan included; yields its base URL, such as http://127.0.0.1:41234."""
    config = server_config(app, port=0, limits=limits)
    listening = listening_socket(config, limits)
    server = _AnnouncedServer(config, drain)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, name=SERVED)
    thread.start()
    try:
        assert server.up.wait(_UP_WAIT_S), "the server did not come up"
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_DOWN_WAIT_S)
        assert not thread.is_alive(), "the server did not shut down"


def socket_url(base_url: str, path: str = "/graphql") -> str:
    """The WebSocket URL of a path."""
    return f"ws{base_url.removeprefix('http')}{path}"

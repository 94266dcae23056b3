"""The key that TCP connections are counted under, and bytes that arrive while a handshake waits in the queue."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from tests.web.wire import WAIT_S
from web.connections.connection_limits import HeadLimits
from web.connections.uvicorn_http import HTTPProtocol, PlainApp
from web.serving import server_config

TOO_MANY = b"HTTP/1.1 503 "


class PeerSocket:
    """A socket that knows only its two addresses."""

    family = socket.AF_INET6

    def __init__(self, host: str) -> None:
        self._host = host

    def getpeername(self) -> tuple[str, int, int, int]:
        return self._host, 50_000, 0, 0

    def getsockname(self) -> tuple[str, int, int, int]:
        return "::1", 8_000, 0, 0

    def setsockopt(self, *option: object) -> None:
        pass


class PeerTransport(asyncio.Transport):
    """A transport that keeps what is written to it."""

    def __init__(self, host: str) -> None:
        super().__init__({"socket": PeerSocket(host)})
        self.written = b""
        self._protocol: asyncio.BaseProtocol | None = None

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self._protocol is not None
        return self._protocol

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        pass

    def lose(self) -> None:
        """End the connection. Otherwise its timers would fire in later tests on the same event loop."""
        if self._protocol is not None:
            self._protocol.connection_lost(None)


Connect = Callable[[HTTPProtocol, str], PeerTransport]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Connects a protocol to a peer at a host, until the end of the test."""
    transports: list[PeerTransport] = []

    def connect(protocol: HTTPProtocol, host: str) -> PeerTransport:
        transport = PeerTransport(host)
        transport.set_protocol(protocol)
        transports.append(transport)
        protocol.connection_made(transport)
        return transport

    yield connect
    for transport in transports:
        transport.lose()


async def first_response(protocol_class: type[HTTPProtocol], host: str, connect: Connect) -> bytes:
    """The response to a new connection from `host` after its first byte."""
    config = Config(PlainApp, lifespan="off", log_config=None)
    protocol = protocol_class(config, ServerState(), {})
    transport = connect(protocol, host)
    protocol.data_received(b"G")
    return transport.written


@pytest.mark.parametrize(
    ("host", "is_refused"),
    [("2001:db8:1:2::9", True), ("2001:db8:1:3::1", False), ("203.0.113.1", False)],
)
async def test_tcp_connections_of_one_ipv6_64_count_as_one_address(
    host: str, is_refused: bool, connect: Connect
) -> None:
    limits = HeadLimits(connections_per_address_max=2, head_wait_s=0.01, refused_wait_s=0.01)
    protocol_class = HTTPProtocol.within(limits, PlainApp())
    for own in ("2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6"):
        assert await first_response(protocol_class, own, connect) == b""

    assert (await first_response(protocol_class, host, connect)).startswith(TOO_MANY) == is_refused


HANDSHAKE = (
    b"GET / HTTP/1.1\r\nhost: lobby\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def test_a_frame_behind_a_queued_handshake_reaches_the_application(connect: Connect) -> None:
    received: list[Message] = []
    is_done = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        received.append(await receive())
        await send({"type": "websocket.accept"})
        received.append(await receive())
        is_done.set()

    config = server_config(app)
    config.load()
    protocol_class: Any = config.http_protocol_class
    first, second = (protocol_class(config, ServerState(), {}) for _ in range(2))
    connect(first, "203.0.113.1")
    connect(second, "203.0.113.2")
    first.data_received(b"GET / HTTP/1.1\r\n")  # so that the other one has to wait
    second.data_received(HANDSHAKE)
    second.data_received(Frame(Opcode.TEXT, b"hello").serialize(mask=True))
    async with asyncio.timeout(WAIT_S):
        await is_done.wait()

    assert [message["type"] for message in received] == ["websocket.connect", "websocket.receive"]
    assert received[1]["text"] == "hello"

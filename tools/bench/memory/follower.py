"""A cheap WebSocket client on asyncio: thousands of them run beside the measured server."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable
from socket import SO_RCVBUF, SOL_SOCKET, socket

from tools.bench.memory.server import DOCUMENTS, Guest

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
STALLED_BUFFER_BYTES = 4096
OPEN_WAIT_S = 60.0

OnText = Callable[[bytes], None]


class Follower(asyncio.Protocol):
    """Follows the party of a guest. `on_text` gets each message of the subscription."""

    def __init__(self, guest: Guest, on_text: OnText) -> None:
        self._guest = guest
        self._on_text = on_text
        self._unread = b""
        self._is_open = False
        self._transport: asyncio.Transport
        loop = asyncio.get_running_loop()
        self.subscribed: asyncio.Future[None] = loop.create_future()
        """Done with the first event."""
        self.closed: asyncio.Future[None] = loop.create_future()
        self.close_frame = b""
        """The close code and its reason, if the server sent them."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(
            b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self._is_open:
            self._read_handshake()
        while self._is_open and (frame := self._next_frame()) is not None:
            self._receive(*frame)

    def connection_lost(self, exc: Exception | None) -> None:
        for future in (self.subscribed, self.closed):
            if not future.done():
                future.set_result(None)

    @property
    def port(self) -> int:
        """The local port of the connection, at the client."""
        return int(self._transport.get_extra_info("sockname")[1])

    def stop_reading(self) -> None:
        """Stop reading and keep the connection open."""
        self._transport.pause_reading()

    def disconnect(self) -> None:
        self._transport.abort()

    def _read_handshake(self) -> None:
        head, gap, rest = self._unread.partition(b"\r\n\r\n")
        if not gap:
            return
        assert head.startswith(b"HTTP/1.1 101"), head
        self._is_open, self._unread = True, rest
        self._send_json({"type": "connection_init", "payload": {"authorization": self._guest.token}})
        variables = {"partyId": self._guest.party_id}
        payload = {"query": DOCUMENTS["WatchParty"], "operationName": "WatchParty", "variables": variables}
        self._send_json({"type": "subscribe", "id": "1", "payload": payload})

    def _send_json(self, message: object) -> None:
        self._send(TEXT, json.dumps(message).encode())

    def _send(self, opcode: int, payload: bytes) -> None:
        """The mask of zeros leaves the payload as it is."""
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else struct.pack("!BH", 0x80 | 126, size)
        self._transport.write(bytes([0x80 | opcode]) + length + b"\0\0\0\0" + payload)

    def _next_frame(self) -> tuple[int, bytes] | None:
        data = self._unread
        if len(data) < 4:
            return None
        size, start = data[1] & 0x7F, 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < start + size:
            return None
        self._unread = data[start + size :]
        return data[0] & 0x0F, data[start : start + size]

    def _receive(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._send(PONG, payload)
        elif opcode == CLOSE:
            self.close_frame = payload
        elif opcode == TEXT and b'"next"' in payload[:60]:
            self._on_text(payload)
            if not self.subscribed.done():
                self.subscribed.set_result(None)


async def follow(
    port: int, guest: Guest, on_text: OnText = lambda text: None, has_small_buffer: bool = False
) -> Follower:
    """A follower that has received its first event. `has_small_buffer`: the kernel buffers only 4 KiB for it."""
    connection = socket()
    if has_small_buffer:
        connection.setsockopt(SOL_SOCKET, SO_RCVBUF, STALLED_BUFFER_BYTES)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, ("127.0.0.1", port))
    _, follower = await loop.create_connection(lambda: Follower(guest, on_text), sock=connection)
    async with asyncio.timeout(OPEN_WAIT_S):
        await follower.subscribed
    if follower.closed.done():
        raise SystemExit(f"the server closed the connection: {follower.close_frame!r}")
    return follower

"""A WebSocket client that costs next to nothing, so that thousands fit beside the server that is measured."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable
from socket import SO_RCVBUF, SOL_SOCKET, socket

from bench.memory.players import DOCUMENTS, Guest

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
STALLED_BUFFER_BYTES = 4096
OPEN_WAIT_S = 60.0

OnText = Callable[[bytes], None]


class Follower(asyncio.Protocol):
    """Follows the guest's party from its opening on; `on_text` gets each frame."""

    def __init__(self, guest: Guest, on_text: OnText) -> None:
        self._guest = guest
        self._on_text = on_text
        self._unread = b""
        self._is_open = False
        self._transport: asyncio.Transport
        loop = asyncio.get_running_loop()
        self.following: asyncio.Future[None] = loop.create_future()
        """Done with the first event."""
        self.gone: asyncio.Future[None] = loop.create_future()
        self.farewell = b""
        """The close code and its reason, where the server gave any."""

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
            self._opened()
        while self._is_open and (frame := self._next_frame()) is not None:
            self._heard(*frame)

    def connection_lost(self, exc: Exception | None) -> None:
        for waited in (self.following, self.gone):
            if not waited.done():
                waited.set_result(None)

    @property
    def port(self) -> int:
        """Of this end of the connection."""
        return int(self._transport.get_extra_info("sockname")[1])

    def stall(self) -> None:
        """Read nothing more, and leave the connection as it is."""
        self._transport.pause_reading()

    def leave(self) -> None:
        self._transport.abort()

    def _opened(self) -> None:
        head, found, rest = self._unread.partition(b"\r\n\r\n")
        if not found:
            return
        assert head.startswith(b"HTTP/1.1 101"), head
        self._is_open, self._unread = True, rest
        self._say({"type": "connection_init", "payload": {"authorization": self._guest.token}})
        variables = {"partyId": self._guest.party_id}
        payload = {"query": DOCUMENTS["WatchParty"], "operationName": "WatchParty", "variables": variables}
        self._say({"type": "subscribe", "id": "1", "payload": payload})

    def _say(self, message: object) -> None:
        self._send(TEXT, json.dumps(message).encode())

    def _send(self, opcode: int, payload: bytes) -> None:
        """Masked with zeros, which changes nothing and is as good as any other mask."""
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

    def _heard(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._send(PONG, payload)
        elif opcode == CLOSE:
            self.farewell = payload
        elif opcode == TEXT and b'"next"' in payload[:60]:
            self._on_text(payload)
            if not self.following.done():
                self.following.set_result(None)


async def follow(port: int, guest: Guest, on_text: OnText = lambda text: None, small: bool = False) -> Follower:
    """A follower that has had its first event. `small`: it takes in little before it has to read."""
    connection = socket()
    if small:
        connection.setsockopt(SOL_SOCKET, SO_RCVBUF, STALLED_BUFFER_BYTES)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, ("127.0.0.1", port))
    _, follower = await loop.create_connection(lambda: Follower(guest, on_text), sock=connection)
    async with asyncio.timeout(OPEN_WAIT_S):
        await follower.following
    if follower.gone.done():
        raise SystemExit(f"the server closed the connection: {follower.farewell!r}")
    return follower

"""One WebSocket on a plain socket: dozens of microseconds of Python a frame would measure the client, not the server."""

from __future__ import annotations

import json
import socket
from collections import deque
from typing import Any

from bench.load.frames import BINARY, CLOSE, PING, PONG, TEXT, frame, read_frames

WAIT_S = 30.0
READ_BYTES = 65_536
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
"""A handshake needs sixteen bytes, and nothing here depends on which."""


class Lost(Exception):
    """The server closed the connection, or did not take it."""


class Follower:
    """An open connection; it answers pings while it is read from."""

    __slots__ = ("_rest", "_waiting", "socket")

    def __init__(self, port: int, path: str, subprotocol: str | None = None) -> None:
        """Connects, and waits for the handshake. Raises `Lost`."""
        self.socket = socket.create_connection(("127.0.0.1", port), WAIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._waiting: deque[bytes] = deque()
        self._rest = b""
        self._shake_hands(port, path, subprotocol)

    def _shake_hands(self, port: int, path: str, subprotocol: str | None) -> None:
        offer = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_KEY}\r\n{offer}\r\n".encode()
        )
        received = b""
        while b"\r\n\r\n" not in received:
            chunk = self.socket.recv(READ_BYTES)
            if not chunk:
                raise Lost("the server closed the connection in the handshake")
            received += chunk
        head, _, rest = received.partition(b"\r\n\r\n")
        if b" 101 " not in head.splitlines()[0]:
            raise Lost(head.splitlines()[0].decode(errors="replace"))
        self._waiting.extend(self._take(rest))

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        self.socket.sendall(frame(opcode, payload))

    def send_json(self, message: dict[str, Any]) -> None:
        self.send(json.dumps(message).encode())

    def next(self) -> bytes:
        """The next message, waited for; only until `read` is used. Raises `Lost`."""
        while not self._waiting:
            self._waiting.extend(self.read())
        return self._waiting.popleft()

    def read(self) -> list[bytes]:
        """The messages that have come whole; the socket is readable. Raises `Lost`."""
        chunk = self.socket.recv(READ_BYTES)
        if not chunk:
            raise Lost("the server closed the connection")
        return self._take(chunk)

    def _take(self, chunk: bytes) -> list[bytes]:
        received = self._rest + chunk if self._rest else chunk
        messages, end = [], 0
        for opcode, payload, end in read_frames(received):  # noqa: B007 - the last end counts
            if opcode in (TEXT, BINARY):
                messages.append(payload)
            elif opcode == PING:
                self.send(payload, PONG)
            elif opcode == CLOSE:
                raise Lost(f"the server closed the connection: {payload[2:].decode(errors='replace')}")
        self._rest = received[end:]
        return messages

    def close(self) -> None:
        self.socket.close()

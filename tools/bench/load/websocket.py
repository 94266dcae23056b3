"""A WebSocket client on a plain blocking socket, with as much of RFC 6455 as the benchmark needs.

A WebSocket library would take dozens of microseconds of Python per frame, so the benchmark would measure its own client.
"""

from __future__ import annotations

import json
import socket
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

WAIT_S = 30.0
READ_BYTES = 65_536
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_FINAL = 0x80
_MASKED = 0x80
_ZERO_MASK = bytes(4)
"""RFC 6455 demands a mask from clients. This one leaves the payload as it is."""
_SHORT_MAX, _MEDIUM = 125, 126
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
"""A handshake needs some sixteen bytes in base64; their value does not matter here."""
_FAILURES = (b'"type":"error"', b'"type": "error"', b'"errors":', b'"errors": ')
"""Parts of the messages with which graphql-transport-ws reports that an operation failed."""


class ConnectionLost(Exception):
    """The server closed the connection, refused it, or did not send the expected message in time."""


class WebSocketConnection:
    """An open connection. It answers pings while it is being read."""

    __slots__ = ("_rest", "_waiting", "socket")

    def __init__(self, port: int, path: str, subprotocol: str | None = None) -> None:
        """Connect and complete the handshake. Raises `ConnectionLost`."""
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
                raise ConnectionLost("the server closed the connection in the handshake")
            received += chunk
        head, _, rest = received.partition(b"\r\n\r\n")
        if b" 101 " not in head.splitlines()[0]:
            raise ConnectionLost(head.splitlines()[0].decode(errors="replace"))
        self._waiting.extend(self._decode(rest))

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        self.socket.sendall(encode_frame(opcode, payload))

    def send_json(self, message: dict[str, Any]) -> None:
        self.send(json.dumps(message).encode())

    def receive(self, wait_s: float = WAIT_S) -> bytes:
        """Wait for the next message. Not to be mixed with `read`. Raises `ConnectionLost`, also after `wait_s`."""
        deadline_s = time.perf_counter() + wait_s
        while not self._waiting:
            if time.perf_counter() > deadline_s:
                raise ConnectionLost(f"no message came within {wait_s:g} s")
            self._waiting.extend(self.read())
        return self._waiting.popleft()

    def receive_with(self, part: bytes, wait_s: float = WAIT_S) -> bytes:
        """Wait for a message that contains `part` and skip those before it.

        Raises `ConnectionLost` for a GraphQL error, and after `wait_s`: pings and heartbeats never extend the wait.
        """
        deadline_s = time.perf_counter() + wait_s
        while part not in (message := self.receive(max(0.0, deadline_s - time.perf_counter()))):
            if any(failure in message for failure in _FAILURES):
                raise ConnectionLost(f"the operation failed: {message[:500].decode(errors='replace')}")
        return message

    def read(self) -> list[bytes]:
        """All messages that have arrived completely. The socket should be readable. Raises `ConnectionLost`."""
        try:
            chunk = self.socket.recv(READ_BYTES)
        except TimeoutError:
            raise ConnectionLost(f"no data came within {WAIT_S:g} s") from None
        if not chunk:
            raise ConnectionLost("the server closed the connection")
        return self._decode(chunk)

    def _decode(self, chunk: bytes) -> list[bytes]:
        received = self._rest + chunk if self._rest else chunk
        messages, end = [], 0
        for opcode, payload, end in decode_frames(received):  # noqa: B007 - the last end is used below
            if opcode in (TEXT, BINARY):
                messages.append(payload)
            elif opcode == PING:
                self.send(payload, PONG)
            elif opcode == CLOSE:
                raise ConnectionLost(f"the server closed the connection: {payload[2:].decode(errors='replace')}")
        self._rest = received[end:]
        return messages

    def close(self) -> None:
        self.socket.close()


def encode_frame(opcode: int, payload: bytes) -> bytes:
    """A whole frame from a client. `payload`: at most 65,535 bytes."""
    length = len(payload)
    if length <= _SHORT_MAX:
        return bytes((_FINAL | opcode, _MASKED | length)) + _ZERO_MASK + payload
    return bytes((_FINAL | opcode, _MASKED | _MEDIUM)) + length.to_bytes(2, "big") + _ZERO_MASK + payload


def decode_frames(received: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Opcode, payload and end of each whole frame from a server. The bytes after the last end belong to the next frame."""
    at, size = 0, len(received)
    while at + 2 <= size:
        length, start = received[at + 1], at + 2
        if length == _MEDIUM:
            start = at + 4
            length = int.from_bytes(received[at + 2 : start], "big")
        elif length > _MEDIUM:
            start = at + 10
            length = int.from_bytes(received[at + 2 : start], "big")
        end = start + length
        if start > size or end > size:
            return
        yield received[at] & 0xF, received[start:end], end
        at = end

"""HTTP connections that do not block while they wait for a response."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from contextlib import ExitStack, closing
from functools import partial

from tools.bench.documents import Request
from tools.bench.load.socket_loop import SocketLoop
from tools.bench.load.websocket import READ_BYTES, WAIT_S

ALL_WAIT_S = 120.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LAST_CHUNK = b"0\r\n\r\n"
_ERRORS = re.compile(rb'"errors"|"Rejection"')


class ErrorResponse(Exception):
    """The server responded with another status than 200, with GraphQL errors or with a rejection."""


class NotAnswered(Exception):
    """A request had no response in time."""


class HttpConnection:
    """A kept-alive connection for one request at a time."""

    def __init__(self, port: int, path: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), WAIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        self._received = b""

    def send(self, request: Request) -> None:
        body = request.body.encode()
        head = f"{self._head}Authorization: Bearer {request.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.socket.sendall(head.encode() + body)

    def read(self) -> bool:
        """Read from the readable socket. True once the response is complete. Raises `ErrorResponse`."""
        chunk = self.socket.recv(READ_BYTES)
        self._received += chunk
        if chunk and not self._is_complete():
            return False
        if not self._received.startswith(b"HTTP/1.1 200") or _ERRORS.search(self._received):
            raise ErrorResponse(self._received.decode(errors="replace"))
        self._received = b""
        return True

    def _is_complete(self) -> bool:
        head, gap, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head) if gap else None
        return len(body) >= int(length[1]) if length else bool(gap) and body.endswith(_LAST_CHUNK)

    def close(self) -> None:
        self.socket.close()


def send_each_once(port: int, path: str, requests: Iterable[Request], connections: int) -> None:
    """Send the requests in turn over `connections` connections and wait for all responses.

    Raises `NotAnswered`, and `ErrorResponse` for the first response with errors.
    """
    left = iter(requests)
    waiting: set[HttpConnection] = set()

    def send_next(connection: HttpConnection) -> None:
        waiting.discard(connection)
        request = next(left, None)
        if request is not None:
            waiting.add(connection)
            connection.send(request)

    def read(connection: HttpConnection) -> None:
        if connection.read():
            send_next(connection)

    with SocketLoop() as loop, ExitStack() as stack:
        for _ in range(connections):
            connection = stack.enter_context(closing(HttpConnection(port, path)))
            loop.add(connection.socket, partial(read, connection))
            send_next(connection)
        if not loop.run_until(lambda: not waiting, ALL_WAIT_S):
            raise NotAnswered(f"{len(waiting)} requests to {path} had no response within {ALL_WAIT_S} s")

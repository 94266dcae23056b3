"""One HTTP connection that is kept and not waited for."""

from __future__ import annotations

import re
import socket

from bench.load.follower import READ_BYTES, WAIT_S
from bench.request import Request

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LAST_CHUNK = b"0\r\n\r\n"
_NO = re.compile(rb'"errors"|"Rejection"')


class Refused(Exception):
    """The server answered, and it was a no."""


class HttpLink:
    """Sends a request at a time; `read` says when its answer is whole."""

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
        """True once the answer is whole; the socket is readable. Raises `Refused`."""
        chunk = self.socket.recv(READ_BYTES)
        self._received += chunk
        if chunk and not self._is_whole():
            return False
        if not self._received.startswith(b"HTTP/1.1 200") or _NO.search(self._received):
            raise Refused(self._received.decode(errors="replace"))
        self._received = b""
        return True

    def _is_whole(self) -> bool:
        head, gap, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head) if gap else None
        return len(body) >= int(length[1]) if length else bool(gap) and body.endswith(_LAST_CHUNK)

    def close(self) -> None:
        self.socket.close()

"""HTTP on a bare TCP connection, with the bytes that the test sends."""

from __future__ import annotations

import re
import select
import socket
from types import TracebackType
from urllib.parse import urlsplit

WAIT_S = 10.0


class Wire:
    """One bare connection."""

    def __init__(self, url: str, source: str = "") -> None:
        """`source`: the client's own address, such as 127.0.0.2; empty for any."""
        address = urlsplit(url)
        origin = (source, 0) if source else None
        self._socket = socket.create_connection((address.hostname, address.port), WAIT_S, origin)
        self.received = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> tuple[bytes, bytes]:
        """The head and the body of the next response. Without a Content-Length the body is empty."""
        while b"\r\n\r\n" not in self.received:
            self._read()
        head, _, rest = self.received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        self.received = rest
        if length is None:
            return head, b""
        while len(self.received) < int(length[1]):
            self._read()
        body, self.received = self.received[: int(length[1])], self.received[int(length[1]) :]
        return head, body

    def read_until(self, end: bytes) -> None:
        """Read until these bytes have come; the test fails if the server closes before."""
        while end not in self.received:
            self._read()

    def has_answer(self, within_s: float) -> bool:
        """True if a part of a response has come or comes within this time."""
        return bool(self.received or select.select([self._socket], [], [], within_s)[0])

    def asked(self, data: bytes) -> bytes:
        self.send(data)
        return self.answer()[1]

    def is_closed(self) -> bool:
        return self._socket.recv(1) == b""

    def close(self) -> None:
        self._socket.close()

    def _read(self) -> None:
        received = self._socket.recv(65_536)
        assert received, f"the server closed after {self.received!r}"
        self.received += received


def post(body: bytes, *headers: str, path: str = "/graphql", length: int | None = None) -> bytes:
    """A POST of JSON to the lobby."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: lobby",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

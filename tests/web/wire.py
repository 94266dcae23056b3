"""HTTP on a bare connection, byte by byte as the test says it."""

from __future__ import annotations

import re
import socket
from types import TracebackType
from urllib.parse import urlsplit

WAIT_S = 10.0


class Wire:
    """One bare connection."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port), WAIT_S)
        self._received = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def say(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> tuple[bytes, bytes]:
        """The head and the body of the next answer; no body of one that does not say how long it is."""
        while b"\r\n\r\n" not in self._received:
            self._read()
        head, _, rest = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        self._received = rest
        if length is None:
            return head, b""
        while len(self._received) < int(length[1]):
            self._read()
        body, self._received = self._received[: int(length[1])], self._received[int(length[1]) :]
        return head, body

    def asked(self, data: bytes) -> bytes:
        self.say(data)
        return self.answer()[1]

    def is_closed(self) -> bool:
        return self._socket.recv(1) == b""

    def close(self) -> None:
        self._socket.close()

    def _read(self) -> None:
        received = self._socket.recv(65_536)
        assert received, f"the server closed after {self._received!r}"
        self._received += received


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

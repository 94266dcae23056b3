"""A WebSocket client on a bare TCP socket. It reads only when the test says so."""

from __future__ import annotations

import json
import socket
from types import TracebackType
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from tests.serving import socket_url

_RECEIVED_BYTES_MAX = 4_096
_WAIT_S = 10.0


class RawSocket:
    """The buffers of the operating system are as small as it allows, so that they are full soon."""

    def __init__(self, base_url: str, subprotocol: str | None = "graphql-transport-ws", path: str = "/graphql") -> None:
        address = urlsplit(base_url)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVED_BYTES_MAX)
        self._socket.settimeout(_WAIT_S)
        self._socket.connect((address.hostname, address.port))
        offered = [Subprotocol(subprotocol)] if subprotocol is not None else None
        self._protocol = ClientProtocol(parse_uri(socket_url(base_url, path)), subprotocols=offered)
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        while self._protocol.state is State.CONNECTING:
            self._protocol.receive_data(self._socket.recv(_RECEIVED_BYTES_MAX))

    def __enter__(self) -> RawSocket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, *frames: object) -> None:
        for frame in frames:
            self._protocol.send_text(json.dumps(frame).encode())
        self._flush()

    def read(self, size_bytes: int) -> None:
        """Read so many bytes."""
        while size_bytes > 0:
            size_bytes -= len(self._socket.recv(size_bytes))

    def read_to_end(self) -> int:
        """Read until the server closes. Raises ConnectionResetError if it aborts the connection."""
        size_bytes = 0
        while received := self._socket.recv(65_536):
            size_bytes += len(received)
        return size_bytes

    def _flush(self) -> None:
        self._socket.sendall(b"".join(self._protocol.data_to_send()))

"""Reads the requests of a connection one at a time, with httptools and uvicorn's callbacks, and queues those that are slow.

uvicorn 0.54 parses all requests that arrived together and keeps them until their turn, keeps all trailers of a body, and loses
the body of a request that offers to upgrade to a protocol that it does not know. httptools limits neither chunks nor trailers.
"""

from __future__ import annotations

import asyncio
import re
from abc import abstractmethod
from collections.abc import Callable
from enum import Enum, auto

import httptools
from starlette.types import Scope
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lobby.runtime.turns import FairQueue
from web.connections.connection_limits import HeadLimits
from web.http.request import header

CHUNKS_MAX = 1_024
"""Chunks of one body. A body of 64 KB in chunks of one byte would take 70 ms to read."""
PIECE_BYTES_MAX = 4_096
"""Bytes of a head, of chunks or of trailers that are parsed before they are counted."""

_find_blank_line = re.compile(rb"\n\r?\n").search
_match_line_end = re.compile(rb"\r?\n").match


class Phase(Enum):
    """The meaning of the next bytes of a connection."""

    IDLE = auto()
    """The start of a request."""
    HEAD = auto()
    """More of a request's head."""
    QUEUED = auto()
    """They are kept: a head, or a part of one, waits in the request queue."""
    BODY = auto()
    """More of a request's body."""
    ANSWERING = auto()
    """They are kept: the application has not answered the request before them yet."""
    FAST_PATH = auto()
    """They are kept: the interceptor has not answered yet."""
    FAST_PATH_THEN_CLOSE = auto()
    """The same, and the connection closes after the response."""
    NOT_READ = auto()
    """More of a request that has been refused. Nobody reads them."""
    TOO_MANY_CONNECTIONS = auto()
    """A request that gets a 503, since there is no room for this connection."""


# Every request reads these. In Python 3.11 `Phase.IDLE` takes 66 ns, and the name of a module 14 ns.
_IDLE, _HEAD, _BODY, _ANSWERING = Phase.IDLE, Phase.HEAD, Phase.BODY, Phase.ANSWERING

_READ_PHASES = (_IDLE, _HEAD, _BODY)
"""Phases in which the parser gets what arrives. A tuple, since the hash of a phase is slow Python code."""


class ReadGate(FlowControl):
    """uvicorn's flow control, which the application can't open while bytes are kept: it waits for a disconnect by reading on."""

    is_shut = False

    def shut(self) -> None:
        self.is_shut = True
        self.pause_reading()

    def open(self) -> None:
        self.is_shut = False
        self.resume_reading()

    def resume_reading(self) -> None:
        if not self.is_shut:
            super().resume_reading()


class RequestParser(HttpToolsProtocol):
    """The parser gets one request at a time. The bytes that a client sends before it has the response wait unparsed, and the
    rest of them in the kernel."""

    limits: HeadLimits
    flow: ReadGate

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = ReadGate(transport)
        self._phase = Phase.IDLE
        self._head_bytes = 0
        self._head_since: float | None = self.loop.time()
        """When the wait for a request or for the rest of its head began; None while the application answers a request."""
        self._body_bytes = 0
        """How much of the body of the request has been read."""
        self._body_bytes_left: int | None = None
        """How much of it is still to come; None if only the parser knows."""
        self._chunk_count = 0
        self._framing_bytes = 0
        """Bytes behind the head that are no body: the heads of chunks, and trailers."""
        self._kept_bytes = b""
        """Bytes that arrived in a phase in which they are kept."""

    @abstractmethod
    def refuse(self, status: int, reason: str) -> None:
        """Send a plain response without the application, and close."""

    @abstractmethod
    def open_socket(self, rest: bytes) -> None:
        """Hand the connection to the WebSocket protocol; `rest` is what the client sent behind its handshake."""

    def parse(self, data: bytes) -> None:
        """Feed the parser to the end of the request at most, in pieces, and keep the rest."""
        start = 0
        while start < len(data) and not self.transport.is_closing():
            if self._phase not in _READ_PHASES:
                if self._phase is _ANSWERING:
                    self._kept_bytes = data[start:] + self._kept_bytes
                    self.flow.shut()
                return
            end = self._piece_end(data, start)
            start = self._feed(data[start:end], data, start)
        if self._phase in _READ_PHASES and self.flow is not None and self.flow.is_shut and not self._kept_bytes:
            self.flow.open()

    def _piece_end(self, data: bytes, start: int) -> int:
        """The end of the next piece to parse: at the latest the end of a head or of the request."""
        if self._phase is _BODY and self._body_bytes_left is not None:
            return start + self._body_bytes_left
        # A head and a body in chunks end with a blank line. Its first half may have been in the data before.
        line = None if self._phase is _IDLE else _match_line_end(data, start)
        line = line or _find_blank_line(data, start, start + PIECE_BYTES_MAX)
        return line.end() if line is not None else start + PIECE_BYTES_MAX

    def _feed(self, piece: bytes, data: bytes, start: int) -> int:
        """Feed a piece to the parser. Returns where the rest of `data` starts."""
        end = start + len(piece)
        if self._phase is not _BODY:
            if not self._head_bytes:
                self._head_since = self.loop.time()
            self._head_bytes += len(piece)
        elif self._body_bytes_left is None:
            self._framing_bytes += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            end = start + upgrade.args[0]
            if self._should_upgrade():
                self.open_socket(data[end:])
                return len(data)
            self._parse_without_offer()
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return end
        head_bytes_max = self.limits.head_bytes_max
        if self._head_since is not None and self._head_bytes > head_bytes_max:
            self.refuse(431, f"A request's head has at most {head_bytes_max} bytes.")
        elif self._framing_bytes > head_bytes_max:
            self.refuse(431, f"Trailers and the heads of chunks have at most {head_bytes_max} bytes.")
        elif self._chunk_count > CHUNKS_MAX:
            self.refuse(400, f"A body has at most {CHUNKS_MAX} chunks.")
        return end

    def on_message_begin(self) -> None:
        self._phase = _HEAD
        self._body_bytes, self._body_bytes_left = 0, None
        self._chunk_count = self._framing_bytes = 0
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes_left is not None:
            self._body_bytes_left -= len(body)
        else:
            self._framing_bytes -= len(body)
            self._chunk_count += 1
        cycle = self.cycle
        if self.parser.should_upgrade() or cycle.response_complete:
            return
        # As uvicorn's method, but without waking the application for each part: it wants the whole body.
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        if len(cycle.body) > HIGH_WATER_LIMIT or self._body_bytes > self.limits.body_bytes_max:
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._phase = _IDLE if self.cycle.response_complete else _ANSWERING

    # Requests that offer another protocol.

    def has_unknown_offer(self) -> bool:
        """True if the head, which is complete, offers a protocol that is not taken. Then `_parse_without_offer` follows."""
        return bool(self.parser.should_upgrade()) and not self._should_upgrade()

    def _should_upgrade(self) -> bool:
        return self.parser.get_method() == b"GET" and super()._should_upgrade()

    def _parse_without_offer(self) -> None:
        """Parse the head again without its Upgrade header.

        llhttp leaves HTTP behind a head with an offer. An offer that is not taken is to be ignored (RFC 9110, section 7.8):
        Java's HttpClient and `curl --http2` offer h2c with each first request, and its body follows.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            self.refuse(400, "This server is not a proxy.")
            return
        version = self.parser.get_http_version().encode()
        lines = [b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        try:
            self.parser.feed_data(b"%b %b HTTP/%b\r\n%b\r\n" % (method, self.url, version, b"".join(lines)))
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")


_is_key = re.compile(r"[A-Za-z0-9+/]{22}==").fullmatch
_SUBPROTOCOLS_CHARS_MAX = 1_024


def handshake_error(scope: Scope) -> str | None:
    """The reason to refuse a handshake before websockets reads it, so that its error response is delayed as others are."""
    if header(scope, b"content-length") not in (None, "0") or header(scope, b"transfer-encoding") is not None:
        return "A WebSocket handshake has no body."
    if not _is_key(header(scope, b"sec-websocket-key") or ""):
        return "Sec-WebSocket-Key must be 16 bytes in base64."
    if header(scope, b"sec-websocket-version") != "13":
        return "Sec-WebSocket-Version must be 13."
    if len(header(scope, b"sec-websocket-protocol") or "") > _SUBPROTOCOLS_CHARS_MAX:
        return f"Sec-WebSocket-Protocol has at most {_SUBPROTOCOLS_CHARS_MAX} characters."
    return None


STARTS_PER_TURN_MAX = 2
"""To read a request from its bytes, through ASGI, takes about 0.2 ms, and to open a socket 0.5 ms."""


class RequestQueue:
    """One queue for all connections of a server, in which addresses take turns.

    The event loop handles in one turn everything that is ready: 500 handshakes that arrived together were one turn of
    130 ms. Here they wait, and a few start in each turn. Requests on the fast path
    (`web.connections.request_interceptor`) do not wait.
    """

    def __init__(self) -> None:
        self._waiting: FairQueue[Callable[[], None]] = FairQueue()
        self._is_running = False

    def enter(self, address: str, start: Callable[[], None]) -> None:
        """Call `start` when it is its turn: at once, if the queue is empty and none has started in this turn."""
        if self._is_running:
            self._waiting.put(address, start)
            return
        self._is_running = True
        asyncio.get_running_loop().call_soon(self._run_turn)
        start()

    def _run_turn(self) -> None:
        if not self._waiting:
            self._is_running = False
            return
        asyncio.get_running_loop().call_soon(self._run_turn)
        for _ in range(min(STARTS_PER_TURN_MAX, len(self._waiting))):
            self._waiting.pop()()

"""uvicorn's WebSocket protocol with the limits that uvicorn 0.54 and websockets 17.4 lack.

uvicorn lets an application wait without a limit for a client that has stopped reading. It closes a connection by waiting until
its write buffer is empty, which never happens if the client reads no more: then the connection and its task stay in memory in
spite of the pings. It never answers a handshake that websockets can't parse. Neither library counts frames.

This module, `web.connections.uvicorn_http` and `web.connections.uvicorn_requests` are the only ones that use the internals of
uvicorn and websockets.
`tests/web/connections/test_uvicorn_internals.py` fails when they change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from web.connections.open_connections import CONNECTION_EXTENSION, abort
from web.connections.pings import Pings, new_ping_payload, ping_frame, pong_payload
from web.connections.request_interceptor import plain_response
from web.connections.socket_channel import RawFrameWriter
from web.connections.unread_bytes import CountsUnread
from web.http.rate_limits import COUNTED_BYTES, RequestLimiter
from web.http.request import Headers

FRAMES_PER_TURN_MAX = 16
"""Frames that one socket parses in a turn of the event loop, if it sent several at once. One takes about 10 us."""
DISCARDED_BYTES_MAX = 33_554_432
"""Bytes of a client that are read and dropped at most after a violation, so that the client can read the close."""
DISCARDED_COUNTED_BYTES = 65_536
"""Every so many of them count as a request: to read and drop them takes about 0.02 ms."""
DISCARD_S = 1.0
_HANDSHAKE_HEADERS = frozenset(
    {b"connection", b"upgrade", b"sec-websocket-key", b"sec-websocket-version", b"sec-websocket-protocol"}
)
"""The headers of a handshake that websockets reads. It gets only these, because it refuses more than 128 headers, and lines over
8,192 bytes."""


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
    """A GET that asks for a WebSocket, as the HTTP protocol has read it, and how its connection is counted."""

    path: str
    raw_path: bytes
    query_string: bytes
    headers: Headers
    address: str
    request_limiter: RequestLimiter
    on_lost: Callable[[], None]
    """Called at the end of the connection, for the limiter that counts it."""


class SocketProtocol(CountsUnread, WebSocketsSansIOProtocol):
    """For uvicorn's `ws` setting. `HTTPProtocol` makes the instances and calls `open`.

    Frames that arrive together are parsed one by one, a few in each turn of the event loop. Frames that the application does not
    count as messages (pings, pongs and parts of messages) count as requests of their address here, before they are parsed, and
    so does every 4 KiB of a frame. Past the rate nothing is read until the rate allows it, so backpressure reaches the client.
    """

    _handshake: HandshakeRequest
    pings: Pings | None = None
    """Shared by all connections of a server; None: uvicorn pings."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._abort_timer: asyncio.TimerHandle | None = None
        self._unread = bytearray()
        """Bytes that have arrived and are not parsed yet."""
        self._frame_bytes_left = 0
        """Bytes of the current frame that have not been parsed yet."""
        self._next_read: asyncio.Handle | None = None
        """Continues with `_unread` in the next turn, or when the rate allows it."""
        self._discarded_bytes: int | None = None
        """How much has been dropped since the client violated the protocol; None if it has not."""

    def abort(self) -> None:
        abort(self.transport)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.frame_writer = RawFrameWriter(self.transport.write)

    def open(self, handshake: HandshakeRequest) -> None:
        """Answer the handshake: start the application, or refuse."""
        self._handshake = handshake
        lines = [b"%b: %b\r\n" % header for header in handshake.headers if header[0] in _HANDSHAKE_HEADERS]
        super().data_received(b"GET / HTTP/1.1\r\n%b\r\n" % b"".join(lines))
        if not self.handshake_initiated:
            # websockets could not parse it. uvicorn would neither answer nor close.
            self.handshake_complete = self.close_sent = True
            self.transport.write(plain_response(400, "The WebSocket handshake is malformed."))
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        is_between_frames = (
            not self._unread
            and not self._frame_bytes_left
            and self._discarded_bytes is None
            and self.handshake_complete
        )
        if is_between_frames and len(data) <= COUNTED_BYTES and is_one_message(data):
            self._parse(data)
        elif is_between_frames and self.is_pong_missing and pong_payload(data) == self.pending_ping_payload:
            # The server has asked for this frame, so it is not counted.
            self.pending_ping_payload = None
        elif self._discarded_bytes is not None:
            self._discard(len(data))
        else:
            self._unread += data
            self._read_on()

    def _discard(self, byte_count: int) -> None:
        """Drop what the client sends after a violation, up to a bound and as far as the rate of its address allows it."""
        assert self._discarded_bytes is not None
        before = self._discarded_bytes // DISCARDED_COUNTED_BYTES
        self._discarded_bytes += byte_count
        count = self._discarded_bytes // DISCARDED_COUNTED_BYTES - before
        handshake = self._handshake
        is_too_much = count > 0 and handshake.request_limiter.request_wait_ms(handshake.address, count) > 0
        if is_too_much or self._discarded_bytes > DISCARDED_BYTES_MAX:
            self._pause_reading(True)

    def _parse(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.state in (State.CLOSING, State.CLOSED):
            self.frame_writer.close()

    def _read_on(self) -> None:
        """Parse some of the frames that have arrived, as far as the application and the rate of the address allow it."""
        if self._next_read is not None:
            self._pause_reading(True)
            return
        for _ in range(FRAMES_PER_TURN_MAX):
            if self.transport.is_closing() or self._discarded_bytes is not None:
                self._unread.clear()
            if not self._unread or self._is_application_busy() or not self._has_frame():
                break
            part = bytes(self._unread[: self._frame_bytes_left])
            del self._unread[: len(part)]
            self._frame_bytes_left -= len(part)
            self._parse(part)
        else:
            if self._unread:
                self._next_read = self.loop.call_soon(self._continue_reading)
        self._pause_reading(self._next_read is not None or self._is_application_busy())

    def _has_frame(self) -> bool:
        """True if more of a frame may be parsed now. A new frame is counted first."""
        if self._frame_bytes_left:
            return True
        head = read_frame_head(self._unread)
        if head is None:
            return False
        wait_ms = self._count(head)
        if wait_ms:
            self._next_read = self.loop.call_later(wait_ms / 1000, self._continue_reading)
            return False
        self._frame_bytes_left = head.bytes_in_all
        return True

    def _count(self, head: FrameHead) -> int:
        """Count a frame. Returns 0, or the ms to wait before it may be parsed."""
        count = min(head.payload_bytes, self.conn.max_message_size or 0) // COUNTED_BYTES
        if not head.is_message or self.close_sent:
            # The conversation counts whole messages when it handles them.
            count += 1
        return self._handshake.request_limiter.request_wait_ms(self._handshake.address, count) if count else 0

    def _continue_reading(self) -> None:
        self._next_read = None
        self._read_on()

    def _is_application_busy(self) -> bool:
        """True if the application has not taken the last message yet, or has not accepted the handshake."""
        return not self.handshake_complete or (not self.queue.empty() and not self.close_sent)

    def _pause_reading(self, is_paused: bool) -> None:
        if is_paused != self.read_paused and not self.transport.is_closing():
            self.read_paused = is_paused
            if is_paused:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    async def receive(self) -> Any:
        message = await super().receive()
        if self._unread:
            self._read_on()
        return message

    def start_keepalive(self) -> None:
        # uvicorn calls this when it has sent the acceptance of the handshake.
        super().start_keepalive()
        if self._unread:
            self._read_on()

    def schedule_ping(self) -> None:
        if self.pings is not None:
            self.pings.add(self)
        else:
            super().schedule_ping()

    def stop_keepalive(self) -> None:
        super().stop_keepalive()
        if self.pings is not None:
            self.pings.remove(self)

    @property
    def is_pong_missing(self) -> bool:
        return self.pending_ping_payload is not None

    def send_ping(self) -> None:
        """As uvicorn sends it, but past the parser of websockets, which keeps nothing of a ping."""
        if not self.close_sent and not self.transport.is_closing():
            self.pending_ping_payload = payload = new_ping_payload()
            self.ping_sent_at = self.loop.time()
            self.transport.write(ping_frame(payload))

    def on_pong_missing(self) -> None:
        self.keepalive_timeout()

    def handle_parser_exception(self) -> None:
        """Close after a violation of the protocol, such as a frame that is too long.

        uvicorn would close the connection at once. A client that still sends would see a reset in place of the close, so what it
        sends is read and dropped for a while.
        """
        close = self.conn.close_sent
        assert close is not None
        self.queue.put_nowait({"type": "websocket.disconnect", "code": close.code, "reason": close.reason})
        self.close_sent = True
        self._discarded_bytes = 0
        self._unread.clear()
        if self.transport.is_closing():
            return
        wait_s = self._handshake.request_limiter.error_wait_ms(self._handshake.address) / 1000
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(wait_s + DISCARD_S, self.abort)
        self._pause_reading(False)
        frames = b"".join(self.conn.data_to_send())
        if wait_s:
            self.loop.call_later(wait_s, self._send_last, frames)
        else:
            self._send_last(frames)

    def _send_last(self, frames: bytes) -> None:
        """Send the close, and end this side of the connection."""
        if not self.transport.is_closing():
            self.transport.write(frames)
            self.transport.write_eof()

    async def send(self, message: ASGISendEvent) -> None:
        if self.close_sent and self.initial_response is None:
            # uvicorn would report an error of the application, which can't know of the close yet: that of the client, or the
            # close after an invalid frame.
            raise ClientDisconnected
        await super().send(message)
        if not self.handshake_complete and message["type"] == "websocket.accept":
            # uvicorn drops an accept on a connection that closes, and would then refuse the next message as out of order.
            raise ClientDisconnected

    def shutdown(self) -> None:
        self.frame_writer.close()
        super().shutdown()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.frame_writer.pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.frame_writer.resume()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # The application's task exists by now and has not run yet. A refused handshake has neither task nor scope.
        if not self.handshake_complete:
            # The request is not needed again. Its headers would be kept twice for as long as the socket is open, since the parser
            # of websockets keeps the request itself.
            self.request = None  # type: ignore[assignment]
            event.headers.clear()
            handshake = self._handshake
            self.scope["path"], self.scope["raw_path"] = handshake.path, handshake.raw_path
            self.scope["query_string"], self.scope["headers"] = handshake.query_string, list(handshake.headers)
            self.scope["extensions"][CONNECTION_EXTENSION] = cast(Any, self)

    def keepalive_timeout(self) -> None:
        self.frame_writer.close()
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.abort()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self.scope["extensions"].pop(CONNECTION_EXTENSION, None)  # otherwise scope and protocol keep each other
        if self._unread:
            # The client's reply to the close may be behind messages that nobody reads any more.
            self._read_on()
        if not self.disconnected:
            self._abort_timer = self.loop.call_later(self.close_timeout, self.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self.frame_writer.close()
        super().connection_lost(exc)
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        if self._next_read is not None:
            self._next_read.cancel()
        self._unread.clear()
        self._handshake.on_lost()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(self.frames):
            # uvicorn would log the client's invalid bytes as an error of the server, with a traceback.
            self.frames = []
            self.conn.send_close(1007)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()


def _is_utf8(frames: list[bytes]) -> bool:
    try:
        (frames[0] if len(frames) == 1 else b"".join(frames)).decode()
    except UnicodeDecodeError:
        return False
    return True


# The heads of a client's frames (RFC 6455, section 5.2), read before websockets parses the frames.
#
# websockets 17.4 parses all of the frames that arrived together in one call: 240 KB of empty pings, which a client may send in
# one write, took it 0.3 s. With the heads known, frames are counted first and then parsed one by one.

_WHOLE_MESSAGES = (0x81, 0x82)
"""First bytes of a text and of a binary frame that is a message of its own: the FIN bit and the opcode."""
_MASKED = 0x80
_LENGTH_OF_2_BYTES, _LENGTH_OF_8_BYTES = 126, 127
_MASK_BYTES = 4


@dataclass(frozen=True, slots=True)
class FrameHead:
    """The head of one frame. `bytes_in_all` is the size of the head and the payload together."""

    payload_bytes: int
    bytes_in_all: int
    is_message: bool
    """True if this frame is a whole message of text or bytes; False for a part of a message, a ping, a pong and a close."""


def read_frame_head(data: Sequence[int]) -> FrameHead | None:
    """The head that `data` starts with; None if it has not arrived whole. Nothing is checked here: websockets does that."""
    if len(data) < 2:
        return None
    code, start = data[1] & 0x7F, 2
    payload_bytes = code
    if code >= _LENGTH_OF_2_BYTES:
        start = 4 if code == _LENGTH_OF_2_BYTES else 10
        if len(data) < start:
            return None
        payload_bytes = int.from_bytes(data[2:start], "big")
    mask_bytes = _MASK_BYTES if data[1] & _MASKED else 0
    return FrameHead(payload_bytes, start + mask_bytes + payload_bytes, data[0] in _WHOLE_MESSAGES)


def is_one_message(data: bytes) -> bool:
    """True if `data` is exactly one frame, and that a whole message of less than 64 KiB, as nearly all that clients send."""
    size = len(data)
    if size < 6 or data[0] not in _WHOLE_MESSAGES:
        return False
    if size <= 6 + 125:
        return data[1] == _MASKED | (size - 6)
    return data[1] == _MASKED | _LENGTH_OF_2_BYTES and data[2] << 8 | data[3] == size - 8

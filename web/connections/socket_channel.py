"""Sending to a client that may have stopped reading: with a deadline through ASGI, or written to the connection as it is."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

from starlette.types import Message, Scope, Send

from lobby.ports import Channel
from web.connections.open_connections import CONNECTION_EXTENSION


class Gone(Exception):
    """The connection is closed, so nothing can be sent any more."""


class BoundedSend:
    """Sends with a deadline: if no send makes progress for `stalled_send_s`, `on_stalled` is called, once.

    One timer watches all sends of a connection: a deadline for each would cost more than most sends do. The timer runs only while
    a send waits.
    """

    def __init__(self, send: Send, stalled_send_s: float, on_stalled: Callable[[], None]) -> None:
        self._send = send
        self._stalled_send_s = stalled_send_s
        self._on_stalled = on_stalled
        self._loop = asyncio.get_running_loop()
        self._waiting_count = 0
        self._progress_at_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def is_closed(self) -> bool:
        return self._closed

    def release(self) -> None:
        """Stop the timer at the end of the connection. It would keep the connection and its transport in memory for as long as a
        send may take."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _bounded_send(self, message: Message) -> None:
        """Raises `Gone`."""
        await self._bounded_wait(self._send(message))

    async def _bounded_wait(self, waiting: Awaitable[None]) -> None:
        """Await something that ends when the client reads. Raises `Gone`."""
        if not self._waiting_count:
            self._progress_at_s = self._loop.time()
            if self._timer is None:
                self._timer = self._loop.call_later(self._stalled_send_s, self._check_progress)
        self._waiting_count += 1
        try:
            await waiting
        except OSError as error:
            # ASGI (HTTP & WebSocket, 2.4): servers raise a kind of OSError once the client is gone.
            raise Gone from error
        finally:
            self._waiting_count -= 1
            self._progress_at_s = self._loop.time()

    def _check_progress(self) -> None:
        self._timer = None
        if not self._waiting_count:
            return
        due_at_s = self._progress_at_s + self._stalled_send_s
        if due_at_s > self._loop.time():
            self._timer = self._loop.call_at(due_at_s, self._check_progress)
        else:
            self._closed = True
            self._on_stalled()


class Sender(BoundedSend):
    """Sends one socket's text frames, and its close."""

    def __init__(
        self,
        send: Send,
        stalled_send_s: float,
        on_stalled: Callable[[], None],
        writer: RawFrameWriter | None = None,
    ) -> None:
        """Without a `writer`, frames can only be sent by ASGI."""
        super().__init__(send, stalled_send_s, on_stalled)
        self._writer = writer

    async def text(self, text: str) -> None:
        """Send one text frame. Raises `Gone`."""
        if self._closed:
            raise Gone
        await self._bounded_send({"type": "websocket.send", "text": text})

    async def wait_for_room(self) -> None:
        """Return when the client has read enough for another text to be made; otherwise each operation would keep one."""
        if self._writer is not None and self._writer.is_full:
            await self._bounded_wait(self._writer.wait_for_room())

    def channel(self, prefix: bytes = b"", suffix: bytes = b"") -> SocketChannel:
        """A channel on this socket. Each text goes in a frame of its own, between `prefix` and `suffix`; all are UTF-8."""
        return SocketChannel(self._writer, prefix, suffix)

    def release(self) -> None:
        super().release()
        self._close_writer()

    async def close(self, code: int, reason: str, notice: str | None) -> None:
        """Close the socket, with the text `notice` before the close. Only the first call counts. Never raises `Gone`."""
        if self._closed:
            return
        self._closed = True
        self._close_writer()
        try:
            if notice is not None:
                await self._bounded_send({"type": "websocket.send", "text": notice})
            await self._bounded_send({"type": "websocket.close", "code": code, "reason": reason})
        except Gone:
            pass

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()


class RawFrameWriter:
    """Writes whole frames to a socket's transport.

    A send through ASGI and websockets takes twice as long. Whole frames leave no state behind in websockets' own machinery, so
    they may go past it.
    """

    __slots__ = ("_is_closed", "_waiting", "is_full", "is_open", "write")

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.write = write
        self.is_open = True
        """True if a frame may be written now: the client reads what it is sent, and nobody closes the socket."""
        self.is_full = self._is_closed = False
        self._waiting: asyncio.Future[None] | None = None

    def pause(self) -> None:
        """The transport's buffer is full."""
        self.is_full, self.is_open = True, False

    def resume(self) -> None:
        """The transport's buffer has room again."""
        self.is_full, self.is_open = False, not self._is_closed
        self._wake()

    def close(self) -> None:
        """The socket closes: nothing may be written any more."""
        self._is_closed, self.is_open = True, False
        self._wake()

    async def wait_for_room(self) -> None:
        """Return when the transport's buffer has room, or the socket is closed."""
        while self.is_full and not self._is_closed:
            if self._waiting is None:
                self._waiting = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._waiting)

    def _wake(self) -> None:
        if self._waiting is not None:
            self._waiting.set_result(None)
            self._waiting = None


def raw_writer_of(scope: Scope) -> RawFrameWriter | None:
    """The connection's own writer; None on a server that offers no way past ASGI."""
    extension = (scope.get("extensions") or {}).get(CONNECTION_EXTENSION)
    return cast(RawFrameWriter, extension.frame_writer) if extension is not None else None


class TextChannel(Channel[bytes], Protocol):
    """A `Channel` of texts that also takes several at once."""

    def try_send_all(self, items: tuple[bytes, ...]) -> bool:
        """Send several texts, as `try_send` does one: all or none of them."""


class SocketChannel:
    """One operation's `TextChannel` on a socket."""

    __slots__ = ("_prefix", "_suffix", "_writer")

    def __init__(self, writer: RawFrameWriter | None, prefix: bytes = b"", suffix: bytes = b"") -> None:
        """Without a `writer` it takes nothing."""
        self._prefix = prefix
        self._suffix = suffix
        self._writer = writer

    def try_send(self, item: bytes) -> bool:
        writer = self._writer
        if writer is None or not writer.is_open:
            return False
        made_of, prefix, suffix, frames = _LatestFrames.made
        if made_of is not item or prefix != self._prefix or suffix != self._suffix:
            frames = self._make_frames((item,), item)
        writer.write(frames)
        return True

    def try_send_all(self, items: tuple[bytes, ...]) -> bool:
        """One write for all of them: one call of the system in place of one for each."""
        writer = self._writer
        if writer is None or not writer.is_open:
            return False
        made_of, prefix, suffix, frames = _LatestFrames.made
        if made_of is not items or prefix != self._prefix or suffix != self._suffix:
            frames = self._make_frames(items, items)
        writer.write(frames)
        return True

    def _make_frames(self, texts: tuple[bytes, ...], made_of: bytes | tuple[bytes, ...]) -> bytes:
        """The frames of the texts, kept for the next operation that sends the same. `made_of`: what was given to be sent."""
        prefix, suffix = self._prefix, self._suffix
        around = len(prefix) + len(suffix)
        frames = b"".join(part for text in texts for part in (_frame_head(around + len(text)), prefix, text, suffix))
        _LatestFrames.made = (made_of, prefix, suffix, frames)
        return frames

    def whole_text(self, text: bytes) -> str:
        """The text of a frame, for a send through ASGI."""
        return b"".join((self._prefix, text, self._suffix)).decode()

    def close(self) -> None:
        """Take nothing more: the client considers the operation over."""
        self._writer = None


_TEXT_OPCODE = 0x81
"""FIN and the opcode of text (RFC 6455, section 5.2). Frames from a server are not masked."""


class _LatestFrames:
    """The frames that were made last. Operations that send the same under the same id one after the other share them."""

    made: tuple[bytes | tuple[bytes, ...], bytes, bytes, bytes] = (b"", b"", b"", b"")
    """A text, or several, with their prefix and suffix, and their frames. One tuple, so that servers on several threads can share
    it."""


def _frame_head(length: int) -> bytes:
    if length < 126:
        return bytes((_TEXT_OPCODE, length))
    if length < 65_536:
        return struct.pack("!BBH", _TEXT_OPCODE, 126, length)
    return struct.pack("!BBQ", _TEXT_OPCODE, 127, length)

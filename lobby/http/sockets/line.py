"""The line of one subscription on a socket."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from lobby.http.outlet import Outlet

_TEXT_FRAME = 0x81
"""FIN and the opcode of text (RFC 6455, section 5.2). Frames from a server are not masked."""


@dataclass(frozen=True, slots=True)
class TextFrame:
    """Makes a text, with what stands before and behind it, one WebSocket frame. All of it is UTF-8."""

    head: bytes = b""
    tail: bytes = b""

    def text(self, text: bytes) -> bytes:
        """What is in the frame."""
        return b"".join((self.head, text, self.tail))

    def __call__(self, text: bytes) -> bytes:
        length = len(self.head) + len(text) + len(self.tail)
        return b"".join((_frame_head(length), self.head, text, self.tail))


class SocketLine:
    """A `Line`, until it is cut."""

    __slots__ = ("_outlet", "_pull", "form")

    def __init__(self, outlet: Outlet | None, form: TextFrame) -> None:
        """Without an `outlet` it is never clear."""
        self.form = form
        self._outlet = outlet
        self._pull: Callable[[], None] | None = None

    @property
    def write(self) -> Callable[[bytes], object]:
        assert self._outlet is not None, "it is held"
        return self._outlet.write

    def hold(self, pull: Callable[[], None]) -> bool:
        if self._outlet is None or not self._outlet.hold(pull):
            return False
        self._pull = pull
        return True

    def let_go(self) -> None:
        if self._outlet is not None and self._pull is not None:
            self._outlet.let_go(self._pull)
        self._pull = None

    def cut(self) -> None:
        """The client wants no more."""
        pull = self._pull
        self.let_go()
        self._outlet = None
        if pull is not None:
            pull()


def _frame_head(length: int) -> bytes:
    if length < 126:
        return bytes((_TEXT_FRAME, length))
    if length < 65_536:
        return struct.pack("!BBH", _TEXT_FRAME, 126, length)
    return struct.pack("!BBQ", _TEXT_FRAME, 127, length)

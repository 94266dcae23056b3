"""WebSocket frames, as little of RFC 6455 as the client of a benchmark needs: what it sends is short, what it gets is whole."""

from __future__ import annotations

from collections.abc import Iterator

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_FINAL = 0x80
_MASKED = 0x80
_NO_MASK = bytes(4)
"""A mask of zeros is as good as any: it leaves the payload as it is."""
_SHORT_MAX, _MEDIUM = 125, 126


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole frame from a client. `payload`: at most 65,535 bytes."""
    length = len(payload)
    if length <= _SHORT_MAX:
        return bytes((_FINAL | opcode, _MASKED | length)) + _NO_MASK + payload
    return bytes((_FINAL | opcode, _MASKED | _MEDIUM)) + length.to_bytes(2, "big") + _NO_MASK + payload


def read_frames(received: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Opcode, payload and end of each whole frame from a server; what is behind the last end is the begin of another."""
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

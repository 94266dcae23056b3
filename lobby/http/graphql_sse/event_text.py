"""Server-sent events as text (HTML Living Standard, 9.2.6)."""

from __future__ import annotations

KEEP_ALIVE = b":\n\n"
"""A comment, which clients overlook: what is between them and us sees that the connection is in use."""

COMPLETE = b"event: complete\ndata:\n\n"
"""The data is empty but there, or EventSource would not hand the event on."""


def next_event(result: bytes, position: str | None) -> bytes:
    """One result, which is JSON in one line. With a position, that is where a client resumes that was cut off behind it."""
    place = f"id: {position}\n".encode() if position is not None else b""
    return b"event: next\n%bdata: %b\n\n" % (place, result)

"""The benchmark's own reading of WebSocket frames: a client that miscounts would measure nothing."""

from __future__ import annotations

import pytest

from bench.load.frames import PING, TEXT, frame, read_frames


def sent_by_server(payload: bytes, opcode: int = TEXT) -> bytes:
    """As `frame` writes it, without the client's mask."""
    masked = frame(opcode, payload)
    header = masked[: -len(payload) - 4] if payload else masked[:-4]
    return bytes((header[0], header[1] & 0x7F)) + header[2:] + payload


@pytest.mark.parametrize("size", [0, 1, 125, 126, 4096, 65_535])
def test_a_frame_of_any_length_is_read_whole(size: int) -> None:
    received = sent_by_server(b"x" * size)
    assert list(read_frames(received)) == [(TEXT, b"x" * size, len(received))]


def test_frames_that_come_together_are_told_apart() -> None:
    first, second = sent_by_server(b"one"), sent_by_server(b"", PING)
    assert [(opcode, payload) for opcode, payload, _ in read_frames(first + second)] == [(TEXT, b"one"), (PING, b"")]


@pytest.mark.parametrize("kept", [1, 3, 100, 4099])
def test_what_has_not_come_whole_is_left_for_later(kept: int) -> None:
    first, second = sent_by_server(b"one"), sent_by_server(b"x" * 4096)
    assert [end for _, _, end in read_frames(first + second[:kept])] == [len(first)]

"""The heads of WebSocket frames, and the chunks that are one message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from web.connections.uvicorn_websocket import is_one_message, read_frame_head

SIZES = (0, 1, 125, 126, 127, 65_535, 65_536)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mask", [True, False])
def test_a_head_has_the_size_of_its_frame(size: int, mask: bool) -> None:
    frame = Frame(Opcode.TEXT, bytes(size)).serialize(mask=mask)
    head = read_frame_head(frame)

    assert head is not None
    assert (head.payload_bytes, head.bytes_in_all, head.is_message) == (size, len(frame), True)


@pytest.mark.parametrize("size", SIZES)
def test_a_head_is_read_as_soon_as_its_length_is_there(size: int) -> None:
    frame = Frame(Opcode.BINARY, bytes(size)).serialize(mask=True)
    needed = len(frame) - size - 4

    assert all(read_frame_head(frame[:end]) is None for end in range(needed))
    assert read_frame_head(frame[:needed]) is not None


@pytest.mark.parametrize(
    ("opcode", "fin"), [(Opcode.PING, True), (Opcode.PONG, True), (Opcode.CONT, True), (Opcode.TEXT, False)]
)
def test_other_frames_are_no_messages(opcode: Opcode, fin: bool) -> None:
    frame = Frame(opcode, b"", fin).serialize(mask=True)
    head = read_frame_head(frame)

    assert head is not None
    assert not head.is_message
    assert not is_one_message(frame)


@given(st.integers(0, 70_000), st.integers(0, 3))
def test_one_message_is_a_frame_alone(size: int, more: int) -> None:
    frame = Frame(Opcode.TEXT, bytes(size)).serialize(mask=True)

    assert is_one_message(frame + bytes(more)) == (more == 0 and size < 65_536)
    assert not is_one_message(frame[:-1])


@given(st.binary(max_size=20))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    read_frame_head(data)
    is_one_message(data)

"""The benchmark's WebSocket client: it decodes frames exactly, and each of its waits has a bound."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tools.bench.load.websocket import PING, TEXT, ConnectionLost, WebSocketConnection, decode_frames, encode_frame


def server_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A frame of `encode_frame` without the client's mask."""
    masked = encode_frame(opcode, payload)
    header = masked[: -len(payload) - 4] if payload else masked[:-4]
    return bytes((header[0], header[1] & 0x7F)) + header[2:] + payload


@contextmanager
def connected(*frames: bytes) -> Iterator[WebSocketConnection]:
    """A connection to a server that sends `frames` after the handshake, and nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            peer.recv(65_536)
            peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + b"".join(frames))
            is_over.wait(10)
            peer.close()

        is_over = threading.Event()
        threading.Thread(target=serve).start()
        try:
            with closing(WebSocketConnection(listener.getsockname()[1], "/")) as connection:
                yield connection
        finally:
            is_over.set()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 4096, 65_535])
def test_a_frame_of_any_length_is_decoded_whole(size: int) -> None:
    received = server_frame(b"x" * size)
    assert list(decode_frames(received)) == [(TEXT, b"x" * size, len(received))]


def test_two_frames_in_one_chunk_are_two_messages() -> None:
    first, second = server_frame(b"one"), server_frame(b"", PING)
    assert [(opcode, payload) for opcode, payload, _ in decode_frames(first + second)] == [(TEXT, b"one"), (PING, b"")]


@pytest.mark.parametrize("length", [1, 3, 100, 4099])
def test_an_incomplete_frame_is_left_for_the_next_chunk(length: int) -> None:
    first, second = server_frame(b"one"), server_frame(b"x" * 4096)
    assert [end for _, _, end in decode_frames(first + second[:length])] == [len(first)]


def test_messages_before_the_expected_one_are_skipped() -> None:
    with connected(server_frame(b"snapshot"), server_frame(b"heartbeat"), server_frame(b"event")) as connection:
        assert connection.receive_with(b"event", wait_s=5) == b"event"


def test_the_wait_for_a_message_ends_with_a_failed_operation() -> None:
    failure = b'{"id":"1","type":"error","payload":[{"message":"no such field"}]}'
    with connected(server_frame(failure)) as connection, pytest.raises(ConnectionLost, match="no such field"):
        connection.receive_with(b"event", wait_s=5)


def test_messages_of_another_kind_do_not_extend_the_wait() -> None:
    with connected(*[server_frame(b"heartbeat")] * 3) as connection:
        connection.socket.settimeout(0.2)
        with pytest.raises(ConnectionLost, match="within"):
            connection.receive_with(b"event", wait_s=0.1)

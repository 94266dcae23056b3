"""An operation's channel on a socket: it takes texts while the socket is open and its client keeps up."""

from __future__ import annotations

import pytest

from web.connections.socket_channel import RawFrameWriter, SocketChannel


def writer(written: list[bytes] | None = None) -> RawFrameWriter:
    return RawFrameWriter((written if written is not None else []).append)


def test_a_full_socket_takes_nothing_until_it_has_drained() -> None:
    full = writer()
    channels = [SocketChannel(full), SocketChannel(full)]
    full.pause()
    assert [channel.try_send(b"text") for channel in channels] == [False, False]
    full.resume()
    assert [channel.try_send(b"text") for channel in channels] == [True, True]


def test_a_closed_socket_never_takes_anything_again() -> None:
    closed = writer()
    closed.close()
    closed.resume()
    assert not SocketChannel(closed).try_send(b"text")


def test_a_closed_channel_takes_nothing_and_the_others_go_on() -> None:
    shared = writer()
    closed, open_ = SocketChannel(shared), SocketChannel(shared)
    closed.close()
    assert (closed.try_send(b"text"), open_.try_send(b"text")) == (False, True)


def test_without_a_writer_a_channel_takes_nothing() -> None:
    assert not SocketChannel(None).try_send(b"text")


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_text_frame_says_how_long_it_is(length: int, head: bytes) -> None:
    """RFC 6455, section 5.2."""
    text, written = b"x" * (length - 3), list[bytes]()
    assert SocketChannel(writer(written), b"<<", b">").try_send(text)
    assert written == [head + b"<<" + text + b">"]


def test_operations_with_the_same_id_share_the_frame_of_a_text() -> None:
    written, text = list[bytes](), b"text"
    for prefix in (b"1:", b"1:", b"2:", b"1:"):
        SocketChannel(writer(written), prefix).try_send(text)
    assert written == [b"\x81\x061:text", b"\x81\x061:text", b"\x81\x062:text", b"\x81\x061:text"]
    assert written[0] is written[1]


def test_the_whole_text_is_what_a_frame_holds() -> None:
    assert SocketChannel(None, b"<", b">").whole_text("\u00e9".encode()) == "<\u00e9>"

"""A subscription's line over a socket's way out: held while that is clear, and cut when the client wants no more."""

from __future__ import annotations

import pytest

from lobby.http.outlet import Outlet
from lobby.http.sockets.line import SocketLine, TextFrame


class Held:
    """A line that is held, and whether it still is."""

    def __init__(self, outlet: Outlet) -> None:
        self.pulls = 0
        self.line = SocketLine(outlet, TextFrame())
        assert self.line.hold(self._pull)

    def _pull(self) -> None:
        self.pulls += 1


def ways_out(written: list[bytes] | None = None) -> Outlet:
    return Outlet((written if written is not None else []).append)


def test_a_full_socket_ends_all_lines_until_it_has_drained() -> None:
    outlet = ways_out()
    held = [Held(outlet), Held(outlet)]
    outlet.fill()
    assert [each.pulls for each in held] == [1, 1]
    assert not held[0].line.hold(lambda: None)
    outlet.drain()
    assert held[0].line.hold(lambda: None)


def test_a_shut_one_never_comes_back() -> None:
    outlet = ways_out()
    held = Held(outlet)
    outlet.shut()
    outlet.drain()
    assert held.pulls == 1
    assert not held.line.hold(lambda: None)


def test_who_let_go_is_called_no_more() -> None:
    outlet = ways_out()
    gone, held = Held(outlet), Held(outlet)
    gone.line.let_go()
    outlet.fill()
    assert (gone.pulls, held.pulls) == (0, 1)


def test_a_line_that_is_cut_ends_at_once_and_for_good_and_no_other_with_it() -> None:
    outlet = ways_out()
    cut, held = Held(outlet), Held(outlet)
    cut.line.cut()
    assert (cut.pulls, held.pulls) == (1, 0)
    assert not cut.line.hold(lambda: None)


def test_without_a_way_out_no_line_is_clear() -> None:
    assert not SocketLine(None, TextFrame()).hold(lambda: None)


def test_what_is_written_goes_out_as_it_is() -> None:
    written: list[bytes] = []
    held = Held(ways_out(written))
    held.line.write(b"whole")
    assert written == [b"whole"]


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
    text = b"x" * (length - 3)
    assert TextFrame(b"<<", b">")(text) == head + b"<<" + text + b">"


def test_frames_of_one_form_are_equal() -> None:
    assert TextFrame(b"a") == TextFrame(b"a")
    assert hash(TextFrame(b"a")) == hash(TextFrame(b"a"))
    assert TextFrame(b"a") != TextFrame(b"b")

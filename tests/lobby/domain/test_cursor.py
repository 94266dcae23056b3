"""A cursor is read back as it was written, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobby.domain.cursor import Cursor

EPOCHS = st.text(alphabet="0123456789abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=32)


@given(EPOCHS, st.integers(0, 10**15 - 1))
def test_what_was_written_is_read(epoch: str, seq: int) -> None:
    assert Cursor.read(str(Cursor(epoch, seq))) == Cursor(epoch, seq)


@given(st.text())
def test_whatever_is_read_was_written_so(written: str) -> None:
    cursor = Cursor.read(written)

    assert cursor is None or str(cursor) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        ".",
        "e.",
        ".1",
        "e1",
        "e.-1",
        "e.+1",
        "e.1.1",
        "e.1 ",
        " e.1",
        "e.1\n",
        "e.01",
        "E.1",
        "é.1",
        "e.١",
        "e.1e3",
        "e.1_0",
        "e." + "9" * 16,
        "e" * 33 + ".1",
        "\ud800.1",
    ],
    ids=ascii,
)
def test_what_no_server_of_ours_has_written_is_none(written: str) -> None:
    assert Cursor.read(written) is None

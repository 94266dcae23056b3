"""Cursors and their text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobby.domain.cursor import Cursor

EPOCHS = st.text(alphabet="0123456789abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=32)


@given(EPOCHS, st.integers(0, 10**15 - 1), st.none() | st.integers(0, 16**15 - 1))
def test_a_cursor_can_be_parsed_from_its_text(epoch: str, seq: int, at: int | None) -> None:
    assert Cursor.parse(str(Cursor(epoch, seq, at))) == Cursor(epoch, seq, at)


@given(st.text())
def test_a_text_that_parses_is_the_text_of_the_cursor(text: str) -> None:
    cursor = Cursor.parse(text)

    assert cursor is None or str(cursor) == text


@pytest.mark.parametrize(
    "text",
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
        "e-.1",
        "e-01.1",
        "e-A.1",
        "e-g.1",
        "e-.1" + "f" * 16,
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
def test_any_other_text_is_not_a_cursor(text: str) -> None:
    assert Cursor.parse(text) is None

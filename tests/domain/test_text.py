"""Text that people type, of every script and with every trick."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobby.domain import text
from lobby.domain.rejections import Rejection, RejectionCode

CHARS_MAX = 32


def kept(typed: str) -> str:
    line = text.line("name", typed, CHARS_MAX)
    assert isinstance(line, str), line
    return line


def refused(typed: str) -> Rejection:
    line = text.line("name", typed, CHARS_MAX)
    assert isinstance(line, Rejection), line
    return line


@pytest.mark.parametrize(
    "typed",
    [
        "a",
        "x" * CHARS_MAX,
        "Ünïcødé",
        "Жанна",
        "山田太郎",
        "한글",
        "مريم",
        "שרה",
        "नमस्ते",
        "🧙‍♀️",
        "👨‍👩‍👧‍👦",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "e\u0323\u0302",
        "\U0001fae8",
        "O'Brien <b>&amp;</b> \"; DROP",
        "{{7*7}} ${x} %s \\n",
    ],
)
def test_what_people_call_themselves_is_taken(typed: str) -> None:
    assert kept(typed)


@pytest.mark.parametrize("typed", [" ann ", "\tann\n", "\u00a0ann\u3000", "\u2003ann\u2028"])
def test_a_line_is_trimmed_of_every_kind_of_space(typed: str) -> None:
    assert kept(typed) == "ann"


def test_a_line_is_kept_in_nfc() -> None:
    assert kept("e\u0301") == "é"
    assert kept("\u1112\u1161\u11ab") == "한"
    assert kept("\u212b") == "Å"


def test_the_length_is_counted_in_nfc() -> None:
    assert kept("e\u0301" * CHARS_MAX) == "é" * CHARS_MAX


def test_the_longest_that_nfc_makes_of_each_character_still_fits() -> None:
    assert kept("\u03b1\u0313\u0300\u0345" * CHARS_MAX) == "\u1f82" * CHARS_MAX


@pytest.mark.parametrize(
    "typed",
    ["", " ", "\n\t", "\u3000", "x" * (CHARS_MAX + 1), "é" * (CHARS_MAX + 1), "🧙" * (CHARS_MAX + 1)],
    ids=ascii,
)
def test_an_empty_or_too_long_line_is_refused(typed: str) -> None:
    refusal = refused(typed)

    assert (refusal.code, refusal.field, refusal.retryable) == (RejectionCode.INVALID_INPUT, "name", False)
    assert refusal.message == "Must be 1 to 32 characters."


@pytest.mark.parametrize(
    "typed",
    ["a\0b", "a\nb", "a\tb", "a\x1bb", "a\x7fb", "a\x85b", "a\u2028b", "a\u2029b"],
    ids=ascii,
)
def test_control_characters_and_line_breaks_are_refused(typed: str) -> None:
    assert refused(typed).field == "name"


@pytest.mark.parametrize("mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ids=ascii)
def test_what_turns_the_text_around_it_is_refused(mark: str) -> None:
    assert refused(f"ann{mark}nna").field == "name"


@pytest.mark.parametrize("typed", ["\ud800", "ann\udfff", "\udc00\ud800"], ids=ascii)
def test_lone_surrogates_are_refused(typed: str) -> None:
    assert refused(typed).field == "name"


@pytest.mark.parametrize(
    "typed",
    ["\u200b", "\u200d\u200d", "\ufeff", "\u2060\u00ad", "\u200b \u200b", "\u0301", "\ufe0f", "\ue000", "\U000e0041"],
    ids=ascii,
)
def test_a_line_of_which_nothing_can_be_seen_is_refused(typed: str) -> None:
    assert refused(typed).message == "Must contain a visible character."


def test_ten_thousand_combining_marks_are_refused() -> None:
    marks = "a" + "\u0301\u0323" * 5000

    assert isinstance(text.message("text", marks), Rejection)
    assert refused(marks).field == "name"


def test_marks_up_to_the_length_are_taken() -> None:
    assert kept("a" + "\u0301\u0323" * 15)


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_a_line_taken_is_taken_again_as_it_is(typed: str) -> None:
    line = text.line("name", typed, CHARS_MAX)
    if isinstance(line, str):
        assert text.line("name", line, CHARS_MAX) == line
        assert 1 <= len(line) <= CHARS_MAX
        assert line.encode().decode() == line


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=2100))
def test_a_message_taken_is_taken_again_as_it_is(typed: str) -> None:
    message = text.message("text", typed)
    if isinstance(message, str):
        assert text.message("text", message) == message
        assert 1 <= len(message) <= text.MESSAGE_CHARS_MAX
        assert message.encode().decode() == message


def test_a_message_keeps_its_line_breaks_and_tabs() -> None:
    assert text.message("text", " one\r\ntwo\tthree\u2028four\n") == "one\r\ntwo\tthree\u2028four"


@pytest.mark.parametrize("typed", ["", "\n", "x" * 501, "a\0b", "\u200b\n\u200b", "\ud800"], ids=ascii)
def test_a_message_is_held_to_the_same_rules(typed: str) -> None:
    message = text.message("text", typed)

    assert isinstance(message, Rejection)
    assert (message.code, message.field) == (RejectionCode.INVALID_INPUT, "text")

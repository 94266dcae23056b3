"""Text that people type, in many scripts and with many tricks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobby.domain import text
from lobby.domain.rejections import Rejection, RejectionCode

CHARS_MAX = 32


def normalize(typed: str) -> str:
    line = text.normalize_line("name", typed, CHARS_MAX)
    assert isinstance(line, str), line
    return line


def rejection_of(typed: str) -> Rejection:
    line = text.normalize_line("name", typed, CHARS_MAX)
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
def test_names_in_many_scripts_are_accepted(typed: str) -> None:
    assert normalize(typed)


@pytest.mark.parametrize("typed", [" ann ", "\tann\n", "\u00a0ann\u3000", "\u2003ann\u2028"])
def test_a_line_is_trimmed_of_every_kind_of_space(typed: str) -> None:
    assert normalize(typed) == "ann"


def test_a_line_is_stored_in_nfc() -> None:
    assert normalize("e\u0301") == "é"
    assert normalize("\u1112\u1161\u11ab") == "한"
    assert normalize("\u212b") == "Å"


def test_the_length_is_counted_in_nfc() -> None:
    assert normalize("e\u0301" * CHARS_MAX) == "é" * CHARS_MAX


def test_the_raw_limit_allows_all_that_nfc_shortens() -> None:
    assert normalize("\u03b1\u0313\u0300\u0345" * CHARS_MAX) == "\u1f82" * CHARS_MAX


@pytest.mark.parametrize(
    "typed",
    ["", " ", "\n\t", "\u3000", "x" * (CHARS_MAX + 1), "é" * (CHARS_MAX + 1), "🧙" * (CHARS_MAX + 1)],
    ids=ascii,
)
def test_an_empty_or_too_long_line_is_rejected(typed: str) -> None:
    rejection = rejection_of(typed)

    assert (rejection.code, rejection.field, rejection.retryable) == (RejectionCode.INVALID_INPUT, "name", False)
    assert rejection.message == "Must be 1 to 32 characters."


@pytest.mark.parametrize(
    "typed",
    ["a\0b", "a\nb", "a\tb", "a\x1bb", "a\x7fb", "a\x85b", "a\u2028b", "a\u2029b"],
    ids=ascii,
)
def test_control_characters_and_line_breaks_are_rejected(typed: str) -> None:
    assert rejection_of(typed).field == "name"


@pytest.mark.parametrize("mark", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ids=ascii)
def test_direction_overrides_are_rejected(mark: str) -> None:
    assert rejection_of(f"ann{mark}nna").field == "name"


@pytest.mark.parametrize("typed", ["\ud800", "ann\udfff", "\udc00\ud800"], ids=ascii)
def test_lone_surrogates_are_rejected(typed: str) -> None:
    assert rejection_of(typed).field == "name"


@pytest.mark.parametrize(
    "typed",
    [
        *("\u200b", "\u200d\u200d", "\ufeff", "\u2060\u00ad", "\u200b \u200b", "\u0301", "\ufe0f", "\ue000"),
        *("\U000e0041", "\u3164", "\u2800\u2800", "\u115f", "\u1160", "\uffa0", "\u2065", "\ufff0"),
        *("\U000e0fff", "\U0001d159", "\U00013441", "\u3164\u2800 \u200b"),
    ],
    ids=ascii,
)
def test_an_invisible_line_is_rejected(typed: str) -> None:
    assert rejection_of(typed).message == "Must contain a visible character."


@pytest.mark.parametrize(
    "code", [0xFFFE, 0xFFFF, 0xFDD0, 0xFDEF, 0x1FFFE, 0x1FFFF, 0x10FFFF], ids=lambda code: f"U+{code:X}"
)
def test_noncharacters_are_rejected(code: int) -> None:
    assert rejection_of(f"ann{chr(code)}").field == "name"


@pytest.mark.parametrize("typed", ["\u2800a", "\u1112\u1160b", "\u3164x", "\U0001d159."], ids=ascii)
def test_blank_characters_beside_visible_ones_are_accepted(typed: str) -> None:
    assert normalize(typed)


def test_ten_thousand_combining_marks_are_rejected() -> None:
    marks = "a" + "\u0301\u0323" * 5000

    assert isinstance(text.normalize_message("text", marks), Rejection)
    assert rejection_of(marks).field == "name"


def test_combining_marks_up_to_the_length_are_accepted() -> None:
    assert normalize("a" + "\u0301\u0323" * 15)


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_normalizing_a_line_twice_changes_nothing(typed: str) -> None:
    line = text.normalize_line("name", typed, CHARS_MAX)
    if isinstance(line, str):
        assert text.normalize_line("name", line, CHARS_MAX) == line
        assert 1 <= len(line) <= CHARS_MAX
        assert line.encode().decode() == line


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=2100))
def test_normalizing_a_message_twice_changes_nothing(typed: str) -> None:
    message = text.normalize_message("text", typed)
    if isinstance(message, str):
        assert text.normalize_message("text", message) == message
        assert 1 <= len(message) <= text.MESSAGE_CHARS_MAX
        assert message.encode().decode() == message


def test_a_message_keeps_its_lines_and_tabs() -> None:
    assert text.normalize_message("text", " one\r\ntwo\tthree\u2028four\rfive\n") == "one\ntwo\tthree\nfour\nfive"


@pytest.mark.parametrize(
    "between", ["\n\n", "\r\n" * 40, "\n \n\t\n", "\n\u200b\n\u2800\n\u3164\n", "\n" * 400], ids=ascii
)
def test_of_several_empty_lines_in_a_message_one_is_kept(between: str) -> None:
    assert text.normalize_message("text", f"one{between}two") == "one\n\ntwo"


def test_empty_lines_at_the_ends_of_a_message_are_dropped() -> None:
    assert text.normalize_message("text", "\u200b\n\n one\n\u2800\n\n") == "one"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\u2029", "\n\n\n"], ids=ascii)
def test_a_message_has_at_most_10_line_breaks(line_break: str) -> None:
    breaks = 10 if len(line_break) < 3 else 5
    message = text.normalize_message("text", line_break.join(["x"] * (breaks + 1)))
    rejection = text.normalize_message("text", line_break.join(["x"] * (breaks + 2)))

    assert isinstance(message, str)
    assert message.count("\n") == 10
    assert isinstance(rejection, Rejection)
    assert (rejection.field, rejection.message) == ("text", "Must have at most 10 line breaks.")


@pytest.mark.parametrize("typed", ["", "\n", "x" * 501, "a\0b", "\u200b\n\u200b", "\ud800"], ids=ascii)
def test_a_message_has_the_limits_of_a_line(typed: str) -> None:
    message = text.normalize_message("text", typed)

    assert isinstance(message, Rejection)
    assert (message.code, message.field) == (RejectionCode.INVALID_INPUT, "text")

"""Custom properties: keys, values, and how changes are merged in."""

from __future__ import annotations

import pytest

from lobby.domain.model import Attribute, Attributes
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.text import merged

CURRENT = (Attribute("map", "crypt"), Attribute("mode", "fast"))
Changes = tuple[tuple[str, str | None], ...]


def after(*changes: tuple[str, str | None], count_max: int = 3) -> Attributes:
    attributes = merged("attributes", CURRENT, changes, count_max)
    assert not isinstance(attributes, Rejection), attributes
    return attributes


def refused(*changes: tuple[str, str | None], count_max: int = 3) -> Rejection:
    attributes = merged("attributes", CURRENT, changes, count_max)
    assert isinstance(attributes, Rejection), attributes
    assert attributes.code is RejectionCode.INVALID_INPUT
    return attributes


def test_without_a_change_all_stay() -> None:
    assert after() == CURRENT


def test_a_changed_value_keeps_its_place() -> None:
    assert after(("map", "tower")) == (Attribute("map", "tower"), Attribute("mode", "fast"))


def test_a_new_key_comes_last() -> None:
    assert after(("seed", "7"))[-1] == Attribute("seed", "7")


def test_null_removes_the_key() -> None:
    assert after(("map", None)) == (Attribute("mode", "fast"),)


def test_removing_what_is_not_there_changes_nothing() -> None:
    assert after(("seed", None)) == CURRENT


def test_of_two_changes_of_one_key_the_later_counts() -> None:
    assert after(("map", "tower"), ("map", "cave"))[0] == Attribute("map", "cave")


def test_the_empty_value_is_a_value() -> None:
    assert after(("map", ""))[0] == Attribute("map", "")


def test_only_what_is_left_in_the_end_is_counted() -> None:
    assert len(after(("a", "1"), ("b", "2"), ("map", None))) == 3
    assert refused(("a", "1"), ("b", "2")).field == "attributes"


@pytest.mark.parametrize("key", ["a", "x" * 32, "A-Z_0.9"])
def test_a_key_is_1_to_32_of_a_few_characters(key: str) -> None:
    assert after((key, "1"))[-1] == Attribute(key, "1")


@pytest.mark.parametrize("key", ["", "x" * 33, "two words", "clé", "a\n", "a/b", "٣", "\ud800"], ids=ascii)
def test_any_other_key_is_refused_where_it_stands(key: str) -> None:
    assert refused(("ok", "1"), (key, "1")).field == "attributes.1.key"


def test_a_key_that_can_not_be_is_refused_even_for_removal() -> None:
    assert refused(("two words", None)).field == "attributes.0.key"


@pytest.mark.parametrize("value", ["x" * 1024, "é" * 512, "🧙" * 256, "two\nlines\ttab"], ids=len)
def test_a_value_has_up_to_1024_bytes_of_utf8(value: str) -> None:
    assert after(("seed", value))[-1].value == value


@pytest.mark.parametrize("value", ["x" * 1025, "é" * 513, "🧙" * 257, "a\0b", "\ud800"], ids=ascii)
def test_any_other_value_is_refused_where_it_stands(value: str) -> None:
    assert refused(("seed", value)).field == "attributes.0.value"

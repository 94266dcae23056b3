"""Custom properties: keys, values, and the merging of changes."""

from __future__ import annotations

import pytest

from lobby.domain.attributes_and_endpoints import merge_attributes
from lobby.domain.model import Attribute, Attributes
from lobby.domain.rejections import Rejection, RejectionCode

CURRENT = (Attribute("map", "crypt"), Attribute("mode", "fast"))
Changes = tuple[tuple[str, str | None], ...]


def merge(*changes: tuple[str, str | None], count_max: int = 3) -> Attributes:
    attributes = merge_attributes("attributes", CURRENT, changes, count_max)
    assert not isinstance(attributes, Rejection), attributes
    return attributes


def rejection_of(*changes: tuple[str, str | None], count_max: int = 3) -> Rejection:
    attributes = merge_attributes("attributes", CURRENT, changes, count_max)
    assert isinstance(attributes, Rejection), attributes
    assert attributes.code is RejectionCode.INVALID_INPUT
    return attributes


def test_without_changes_the_attributes_stay_as_they_are() -> None:
    assert merge() == CURRENT


def test_a_changed_attribute_keeps_its_position() -> None:
    assert merge(("map", "tower")) == (Attribute("map", "tower"), Attribute("mode", "fast"))


def test_a_new_attribute_comes_last() -> None:
    assert merge(("seed", "7"))[-1] == Attribute("seed", "7")


def test_a_null_value_removes_the_attribute() -> None:
    assert merge(("map", None)) == (Attribute("mode", "fast"),)


def test_removing_an_unknown_key_changes_nothing() -> None:
    assert merge(("seed", None)) == CURRENT


def test_the_last_of_two_changes_to_one_key_wins() -> None:
    assert merge(("map", "tower"), ("map", "cave"))[0] == Attribute("map", "cave")


def test_an_empty_value_is_stored() -> None:
    assert merge(("map", ""))[0] == Attribute("map", "")


def test_the_limit_applies_to_the_merged_attributes() -> None:
    assert len(merge(("a", "1"), ("b", "2"), ("map", None))) == 3
    assert rejection_of(("a", "1"), ("b", "2")).field == "attributes"


@pytest.mark.parametrize("key", ["a", "x" * 32, "A-Z_0.9"])
def test_a_key_has_1_to_32_of_the_allowed_characters(key: str) -> None:
    assert merge((key, "1"))[-1] == Attribute(key, "1")


@pytest.mark.parametrize("key", ["", "x" * 33, "two words", "clé", "a\n", "a/b", "٣", "\ud800"], ids=ascii)
def test_the_rejection_names_the_index_of_a_bad_key(key: str) -> None:
    assert rejection_of(("ok", "1"), (key, "1")).field == "attributes.1.key"


def test_a_bad_key_is_rejected_even_when_it_is_removed() -> None:
    assert rejection_of(("two words", None)).field == "attributes.0.key"


@pytest.mark.parametrize("value", ["x" * 1024, "é" * 512, "🧙" * 256, "two\nlines\ttab"], ids=len)
def test_a_value_has_at_most_1024_bytes_of_utf8(value: str) -> None:
    assert merge(("seed", value))[-1].value == value


@pytest.mark.parametrize("value", ["x" * 1025, "é" * 513, "🧙" * 257, "a\0b", "\ud800"], ids=ascii)
def test_the_rejection_names_the_index_of_a_bad_value(value: str) -> None:
    assert rejection_of(("seed", value)).field == "attributes.0.value"

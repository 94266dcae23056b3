from __future__ import annotations

import itertools
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLScalarType, Undefined

from tests.web.fast.plans.differing import Subject
from tests.web.fast.plans.rich.enums import Color, Foreign, Level, Mood
from tests.web.fast.plans.rich.odd_values import ODD_VALUES
from tests.web.fast.plans.subjects import LOBBY, RICH
from web.fast.plans.code_generator import leaf

LEAVES = [
    (subject, type_)
    for subject in (RICH, LOBBY)
    for type_ in subject.schema._schema.type_map.values()
    if isinstance(type_, GraphQLScalarType | GraphQLEnumType)
]


def _written(type_: Any, value: object, is_nullable: bool = False) -> object:
    """The value of the expression for a leaf, or the exception that it raises."""
    bound: dict[str, Any] = {"given": lambda: value}
    names = (f"b{number}" for number in itertools.count())

    def bind(one: object) -> str:
        name = next(names)
        bound[name] = one
        return name

    code = leaf(type_, "(v := given())", "v", is_nullable, bind)
    try:
        return eval(f"({code})", bound)
    except Exception as error:
        return error


def _type(name: str, subject: Subject = RICH) -> Any:
    return subject.schema._schema.type_map[name]


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("String", "a", "a"),
        ("String", 7, "7"),
        ("ID", "a", "a"),
        ("ID", 7, "7"),
        ("Int", 7, 7),
        ("Int", "7", 7),
        ("Int", 7.0, 7),
        ("Int", True, 1),
        ("Float", 7, 7.0),
        ("Boolean", False, False),
        ("Boolean", 0, False),
        ("Color", Color.GREEN, "VERDANT"),
        ("Level", Level.HIGH, "HIGH"),
        ("Mood", Mood.SAD, "SAD"),
        ("Moment", 7, "7 o'clock"),
        ("Fussy", "a", "fussy a"),
        ("Blob", {"a": [None]}, {"a": [None]}),
    ],
)
def test_a_value_is_written_as_the_response_has_it(type_: str, value: object, expected: object) -> None:
    for is_nullable in (False, True):
        written = _written(_type(type_), value, is_nullable)

        assert expected == written
        assert type(expected) is type(written)


@pytest.mark.parametrize(("subject", "type_"), LEAVES, ids=lambda case: str(getattr(case, "name", case)))
def test_none_is_written_where_it_may_be(subject: Subject, type_: Any) -> None:
    assert _written(type_, None, is_nullable=True) is None
    assert isinstance(_written(type_, None, is_nullable=False), Exception)


@pytest.mark.parametrize(("subject", "type_"), LEAVES, ids=lambda case: str(getattr(case, "name", case)))
def test_any_value_is_written_as_the_type_does_or_given_up(subject: Subject, type_: Any) -> None:
    for make in ODD_VALUES.values():
        value = make()
        written = _written(type_, value)
        if isinstance(written, Exception):
            continue
        assert value is not Undefined
        assert not isinstance(value, Exception)
        assert not hasattr(value, "__await__")
        assert repr(type_.coerce_output_value(value)) == repr(written)


@pytest.mark.parametrize("value", ["bad", "nothing"])
def test_a_scalar_that_fails_or_gives_nothing_is_given_up(value: str) -> None:
    for is_nullable in (False, True):
        assert isinstance(_written(_type("Fussy"), value, is_nullable), Exception)


@pytest.mark.parametrize(
    ("type_", "value"), [("Color", "red"), ("Color", "GREEN"), ("Color", Foreign.RED), ("Color", ["red"]), ("Level", 2)]
)
def test_what_is_no_member_of_an_enum_is_given_up(type_: str, value: object) -> None:
    """Though it may have a member's value, which graphql-core takes for it."""
    assert isinstance(_written(_type(type_), value), Exception)

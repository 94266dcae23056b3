from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLList, GraphQLNonNull, Undefined, is_input_type
from graphql.utilities import coerce_input_value
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.fast.plans.differing import Subject
from tests.web.fast.plans.generated.choices import Choices
from tests.web.fast.plans.generated.input_values import InputValues
from tests.web.fast.plans.hostile_json import ANY_JSON, deep
from tests.web.fast.plans.subjects import LOBBY, RICH
from web.fast.plans import NotPlannable
from web.fast.plans.coercion import coercer, is_recursive

RECURSIVE = ("Branch", "Branch!", "[Branch]")


def _input_types(subject: Subject) -> dict[str, GraphQLInputType]:
    named: list[Any] = [type_ for type_ in subject.schema._schema.type_map.values() if is_input_type(type_)]
    wrapped = [one for each in named for one in (each, GraphQLNonNull(each), GraphQLList(each))]
    lists = [GraphQLNonNull(GraphQLList(GraphQLNonNull(each))) for each in named]
    return {str(type_): type_ for type_ in (*wrapped, *lists, GraphQLList(GraphQLList(named[0])))}


TYPES = [(subject, type_) for subject in (RICH, LOBBY) for type_ in _input_types(subject).values()]
COVERED = [(subject, type_) for subject, type_ in TYPES if str(type_).strip("[]!") != "Branch"]


def _same(type_: GraphQLInputType, value: object) -> bool:
    """True if the value was covered. Then it must be coerced to the same as by graphql-core."""
    try:
        coerced = coercer(type_)(value)
    except NotPlannable:
        return False
    expected = coerce_input_value(value, type_)
    assert expected is not Undefined
    assert repr(expected) == repr(coerced)
    return True


@st.composite
def _right(draw: st.DrawFn) -> tuple[GraphQLInputType, object]:
    subject, type_ = COVERED[draw(st.integers(0, len(COVERED) - 1))]
    return type_, InputValues(Choices(draw), subject.taste).json(type_)


@st.composite
def _wrong(draw: st.DrawFn) -> tuple[GraphQLInputType, object]:
    subject, type_ = COVERED[draw(st.integers(0, len(COVERED) - 1))]
    values = InputValues(Choices(draw), subject.taste)
    return type_, values.wrong(values.json(type_))


@st.composite
def _any(draw: st.DrawFn) -> tuple[GraphQLInputType, object]:
    return COVERED[draw(st.integers(0, len(COVERED) - 1))][1], draw(ANY_JSON)


@settings(deadline=None, max_examples=400)
@given(st.one_of(_right(), _wrong(), _any()))
def test_a_value_is_coerced_as_graphql_core_does_or_not_covered(case: tuple[GraphQLInputType, object]) -> None:
    _same(*case)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("String!", "a"),
        ("ID", "a"),
        ("Int!", -(2**31)),
        ("Int!", 2**31 - 1),
        ("Float!", 1.5),
        ("Float!", 1),
        ("Boolean", None),
        ("[Boolean]", [True, None]),
        ("Color!", "VERDANT"),
        ("Mood", "SAD"),
        ("Moment!", "7 o'clock"),
        ("Fussy", "fine"),
        ("Blob", {"a": [1, None]}),
        ("Either!", {"word": "a"}),
        ("Point", {"x": 1}),
        ("Point", {"x": 1, "y": 2.5, "label": None}),
        ("[Point!]!", [{"x": 1}, {"x": 2}]),
        ("Everything!", {"text": "a", "class": "b", "points": [None, {"x": 1}], "grid": [[1], []], "level": "HIGH"}),
    ],
)
def test_what_is_plainly_right_is_covered(type_: str, value: object) -> None:
    assert _same(_input_types(RICH)[type_], value)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("String!", None),
        ("String", 1),
        ("ID", 7),
        ("Int", 1.0),
        ("Int", True),
        ("Int", 2**31),
        ("Int", "1"),
        ("Boolean", 1),
        ("[Int]", 1),
        ("[Int!]!", [None]),
        ("Color", "GREEN"),
        ("Color", ["RED"]),
        ("Moment", "noon"),
        ("Fussy!", "bad"),
        ("Either", {}),
        ("Either", {"word": "a", "count": 1}),
        ("Either", {"word": None}),
        ("Point", {}),
        ("Point", {"x": 1, "z": 1}),
        ("Point", {"x": 1, "y": None}),
        ("Point", []),
    ],
)
def test_what_is_wrong_or_only_just_right_is_left_to_graphql_core(type_: str, value: object) -> None:
    with pytest.raises(NotPlannable):
        coercer(_input_types(RICH)[type_])(value)


@pytest.mark.parametrize("type_", RECURSIVE)
def test_a_type_that_contains_itself_is_left_to_graphql_core(type_: str) -> None:
    """The values of such a type may be nested deeper than Python or a plan can go."""
    with pytest.raises(NotPlannable):
        coercer(_input_types(RICH)[type_])


@pytest.mark.parametrize(("name", "expected"), [("Branch", True), ("Everything", False), ("Point", False)])
def test_a_circle_of_types_is_found(name: str, expected: bool) -> None:
    type_ = _input_types(RICH)[name]
    assert isinstance(type_, GraphQLInputObjectType)

    assert expected is is_recursive(type_)


@pytest.mark.parametrize(("subject", "type_"), COVERED, ids=lambda case: str(getattr(case, "name", case)))
def test_a_value_nested_however_deep_raises_nothing_else(subject: Subject, type_: GraphQLInputType) -> None:
    for value in (deep(100), deep(900), deep(100, "right"), deep(900, "right")):
        with suppress(NotPlannable):
            coercer(type_)(value)

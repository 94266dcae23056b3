from __future__ import annotations

import pytest
from graphql import GraphQLInputObjectType, GraphQLInputType, is_input_type, parse_value
from graphql.utilities.coerce_input_value import coerce_input_literal

from tests.web.fast.plans.subjects import RICH
from web.fast.plans import NotPlannable
from web.fast.plans.coercion import literal


def _type(name: str) -> GraphQLInputType:
    type_ = RICH.schema._schema.type_map[name]
    assert is_input_type(type_)
    return type_


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("Int", "3"),
        ("ID", "3"),
        ("Color", "VERDANT"),
        ("Moment", '"3 o\'clock"'),
        ("Fussy", '"nothing"'),
        ("Blob", "{a: [1, {b: null}]}"),
        ("Point", '{x: 1, label: """a"""}'),
        ("Branch", '{name: "a", right: {name: "b"}}'),
        ("Either", '{word: "a"}'),
        ("Everything", '{text: "a", blob: {a: 1}, points: [null, {x: 1}]}'),
    ],
)
def test_a_literal_is_read_as_graphql_core_does(type_: str, text: str) -> None:
    node = parse_value(text)

    assert coerce_input_literal(node, _type(type_)) == literal(node, _type(type_))()


@pytest.mark.parametrize(("type_", "text"), [("Either", "{}"), ("Either", '{word: "a", count: 1}'), ("Int", '"3"')])
def test_what_is_refused_only_when_it_runs_is_left_to_graphql_core(type_: str, text: str) -> None:
    with pytest.raises(NotPlannable):
        literal(parse_value(text), _type(type_))


@pytest.mark.parametrize(("type_", "text"), [("Blob", "{a: 1}"), ("Everything", '{text: "a", blob: [1]}')])
def test_what_a_custom_scalar_is_read_as_is_made_anew(type_: str, text: str) -> None:
    """A resolver may change it."""
    value = literal(parse_value(text), _type(type_))

    assert value() == value()
    assert value() is not value()


def test_a_type_within_itself_is_looked_into_once() -> None:
    assert isinstance(_type("Branch"), GraphQLInputObjectType)
    value = literal(parse_value('{name: "a"}'), _type("Branch"))

    assert value() is value()

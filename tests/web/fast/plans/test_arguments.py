from __future__ import annotations

from typing import Any

import pytest
from graphql import FieldNode, GraphQLError
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import convert_arguments

from tests.web.fast.plans.planning import operation
from tests.web.fast.plans.subjects import RICH
from web.fast.plans import NotPlannable
from web.fast.plans.arguments import arguments_of, variables_of
from web.fast.plans.strawberry_adapter import strawberry_field

SCHEMA = RICH.schema
BRANCH = '{name: "a"}'


def _first_field(text: str) -> FieldNode:
    node = operation(SCHEMA, text).definition.selection_set.selections[0]
    assert isinstance(node, FieldNode)
    return node


def _read(text: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the first root field."""
    node = _first_field(text)
    assert SCHEMA._schema.query_type is not None
    core = SCHEMA._schema.query_type.fields[node.name.value]
    return arguments_of(node, core, strawberry_field(core), SCHEMA)(variables)


def _expected(text: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The same by graphql-core and Strawberry."""
    node = _first_field(text)
    assert SCHEMA._schema.query_type is not None
    core = SCHEMA._schema.query_type.fields[node.name.value]
    given = get_argument_values(core, node, VariableValues({}, variables))
    registry = SCHEMA.schema_converter.scalar_registry
    return convert_arguments(given, strawberry_field(core).arguments, registry, SCHEMA.config)


@pytest.mark.parametrize(
    ("declared", "given", "variables"),
    [
        ("", "", {}),
        ("", "(numbers: 3, color: BLUE, ident: 7)", {}),
        ("", "(at: null, points: null)", {}),
        ("", "(points: {x: 1})", {}),
        ("", '(everything: {text: "a", class: "b", level: null, point: {x: 2}})', {}),
        ("($v: Int!)", '(everything: {text: "a", number: $v, point: {x: $v, label: "c"}})', {"v": 3}),
        ("($v: String)", '(everything: {text: "a", bare: $v})', {}),
        ("($v: String)", '(everything: {text: "a", bare: $v})', {"v": None}),
        ("($v: Int)", '(everything: {text: "a", number: $v})', {}),
        ("($v: Level)", '(everything: {text: "a", level: $v})', {}),
        ("($v: Level)", '(everything: {text: "a", level: $v})', {"v": None}),
        ("($v: [Point!])", "(points: $v)", {"v": [{"x": 1, "y": 2.0}]}),
        ("($v: [Point!])", "(points: $v)", {"v": None}),
        ("($v: [Point!])", "(points: $v)", {}),
        ("($v: Float)", "(ratio: $v)", {}),
        ("($v: Float)", "(ratio: $v)", {"v": 2.5}),
        ("($v: Everything)", "(everything: $v)", {}),
    ],
)
def test_arguments_are_those_that_the_resolver_would_get(declared: str, given: str, variables: dict[str, Any]) -> None:
    text = f"query {declared} {{ echo{given} }}"

    assert repr(_expected(text, variables)) == repr(_read(text, variables))


@pytest.mark.parametrize(
    ("declared", "given"),
    [
        ("($v: Float = 1)", "(ratio: $v)"),
        ("($v: Int = 1)", '(everything: {text: "a", number: $v})'),
        ("($v: Int = 1)", '(everything: {text: "a", point: {x: $v}})'),
    ],
)
def test_a_null_where_none_may_be_is_left_to_graphql_core(declared: str, given: str) -> None:
    """Validation counts on the variable's default."""
    text = f"query {declared} {{ echo{given} }}"

    with pytest.raises(GraphQLError):
        _expected(text, {"v": None})
    with pytest.raises(NotPlannable):
        _read(text, {"v": None})


@pytest.mark.parametrize(
    ("declared", "field"),
    [
        ("($v: Int)", "echo(numbers: [$v])"),
        ("($v: Int!)", "echo(points: [{x: $v}])"),
        ("($v: Int!)", "echo(points: {x: $v})"),
        ("($v: Int!)", "spoil(blob: {a: $v})"),
        ("($v: String!)", "either(either: {word: $v})"),
        ("", "either(either: {})"),
    ],
)
def test_a_literal_that_is_put_together_anew_each_time_is_not_covered(declared: str, field: str) -> None:
    with pytest.raises(NotPlannable):
        _read(f"query {declared} {{ {field} }}", {"v": 1})


def test_a_literal_goes_as_deep_as_a_document_may() -> None:
    deep = '{name: "", left: ' * 60 + BRANCH + "}" * 60

    assert repr(_read(f"{{ branch(branch: {deep}) }}", {})).count("Branch(") == 61


def test_the_variables_of_a_field_are_found_wherever_they_are() -> None:
    declared = "$a: Int! $b: Int $c: Boolean!"
    node = _first_field(f"query ({declared}) {{ echo(numbers: [$b], points: {{x: $a}}) @skip(if: $c) }}")

    assert variables_of(node) == {"a", "b", "c"}

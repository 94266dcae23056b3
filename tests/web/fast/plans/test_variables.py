from __future__ import annotations

from typing import Any

import pytest
from graphql import OperationType, get_variable_values
from hypothesis import given, settings

from tests.web.fast.plans.generated.documents import Generated, documents
from tests.web.fast.plans.planning import finishes, operation
from tests.web.fast.plans.subjects import RICH
from web.fast.plans import NotPlannable
from web.fast.plans.coercion import has_distinct_repr, variables_reader

CORE = RICH.schema._schema


def _read(text: str, sent: dict[str, Any] | None, *conditions: str) -> dict[str, Any]:
    return variables_reader(CORE, operation(RICH.schema, text).definition, conditions)(sent)


@settings(deadline=None, max_examples=60)
@given(documents(CORE, RICH.taste))
def test_variables_are_read_as_graphql_core_does_or_not_covered(document: Generated) -> None:
    definition = operation(RICH.schema, document.text, document.operation_name).definition
    try:
        read = variables_reader(CORE, definition)
    except NotPlannable:
        return
    for sent in document.requests:
        expected = get_variable_values(CORE, definition.variable_definitions or (), sent)
        try:
            variables = read(sent)
        except NotPlannable:
            continue
        assert not isinstance(expected, list), expected
        assert repr(sorted(expected.coerced.items())) == repr(sorted(variables.items()))


@pytest.mark.parametrize(
    ("declared", "sent", "expected"),
    [
        ("$number: Int! = 3", {}, {"number": 3}),
        ("$number: Int! = 3", {"number": 4}, {"number": 4}),
        ("$number: Int!", {"number": 4, "other": {}}, {"number": 4}),
    ],
)
def test_a_default_stands_for_what_was_left_out(declared: str, sent: dict[str, Any], expected: dict[str, Any]) -> None:
    assert expected == _read(f"query ({declared}) {{ thing(number: $number) {{ id }} }}", sent)


@pytest.mark.parametrize("sent", [None, {}])
def test_a_variable_without_value_and_default_is_not_there(sent: dict[str, Any] | None) -> None:
    assert _read("query ($at: Moment) { echo(at: $at) }", sent) == {}


def test_a_null_that_was_sent_is_there() -> None:
    assert _read('query ($at: Moment = "3 o\'clock") { echo(at: $at) }', {"at": None}) == {"at": None}


@pytest.mark.parametrize("sent", [{}, {"number": None}, {"number": "4"}, {"number": 4.0}])
def test_what_is_required_is_left_to_graphql_core_where_it_is_not_there(sent: dict[str, Any]) -> None:
    with pytest.raises(NotPlannable):
        _read("query ($number: Int!) { thing(number: $number) { id } }", sent)


def test_a_condition_is_never_null() -> None:
    """Validation lets it be nullable where it has a default."""
    text = "query ($is: Boolean = true) { cat { id @include(if: $is) } }"

    assert _read(text, {}, "is") == {"is": True}
    with pytest.raises(NotPlannable):
        _read(text, {"is": None}, "is")


@pytest.mark.parametrize(
    "text",
    [
        "query ($is: Boolean = true) { cat { id @include(if: $is) } }",
        "query ($is: Boolean = true) { cat { id id @skip(if: $is) } }",
        "query ($is: Boolean = true) { cat { id ... @skip(if: $is) { ... @include(if: $is) { name } } } }",
        "mutation ($is: Boolean = true) { bump bump @include(if: $is) }",
    ],
)
async def test_a_condition_that_is_null_is_an_error_wherever_it_stands(text: str) -> None:
    assert await finishes(text, {})
    assert not await finishes(text, {"is": None})


def test_a_default_that_a_resolver_may_change_is_made_anew() -> None:
    read = variables_reader(
        CORE, operation(RICH.schema, "query ($blob: Blob = {a: [1]}) { spoil(blob: $blob) }").definition
    )

    assert read({}) == {"blob": {"a": [1]}}
    assert read({})["blob"] is not read({})["blob"]


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("Boolean!", True),
        ("Boolean = true", True),
        ("Int!", True),
        ("Color!", True),
        ("Color! = RED", True),
        ("Int", False),
        ("String!", False),
        ("Blob!", False),
        ("[Int!]!", False),
    ],
)
def test_a_value_is_told_by_its_text_where_it_is_small_and_always_there(declared: str, expected: bool) -> None:
    """A variable that was left out may stand for a default, and looks like null."""
    fields = {"Boolean": "cat { id @skip(if: $v) }", "Int": "thing(number: $v) { id }", "Color": "echo(color: $v)"}
    fields |= {
        "String": 'branch(branch: {name: ""}, source: $v)',
        "Blob": "spoil(blob: $v)",
        "[Int": "echo(numbers: $v)",
    }
    named = declared.split("!")[0].split(" ")[0]
    if declared == "Int":
        fields["Int"] = 'branch(branch: {name: ""}, resolve: $v)'
    definition = operation(RICH.schema, f"query ($v: {declared}) {{ {fields[named]} }}").definition

    assert definition.operation is OperationType.QUERY
    assert expected is has_distinct_repr(CORE, definition, "v")

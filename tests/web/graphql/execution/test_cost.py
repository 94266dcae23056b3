"""The cost of operations in fields."""

from __future__ import annotations

import pytest
from graphql import build_schema, get_introspection_query, parse, validate
from graphql.language import OperationDefinitionNode

from web.graphql.execution.cost import Cost
from web.graphql.execution.document_limits import DocumentLimits

SCHEMA = build_schema(
    """
    type Query { name: String parties(first: Int! = 20): Page! history(first: Int = 100): [Party!]! party: Party found: Found }
    union Found = Party | Member
    type Page { nodes: [Party!]! total: Int! }
    type Party { id: ID members: [Member!]! session: Session }
    type Member { id: ID }
    type Session { id: ID party: Party }
    """
)


def cost(text: str, **variables: object) -> int:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return Cost(SCHEMA, document, operation).of(variables)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("{ name }", 1),
        ("{ party { id } }", 2),
        ("{ party { members { id } } }", 2 + 8),
        ("{ parties(first: 5) { total nodes { id } } }", 3 + 5),
        ("{ parties { nodes { id } } }", 2 + 20),
        ("{ parties(first: 5) { nodes { members { id } } } }", 2 + 5 * (1 + 8)),
        ("{ history(first: 3) { id } }", 1 + 3),
        ("{ history { id } }", 1 + 100),
        ("{ party { session { party { session { id } } } } }", 5),
        ("{ party { ...P } } fragment P on Party { members { id } }", 2 + 8),
        ("{ party { ... { id } ... on Party { id } } }", 3),
        ("{ found { ... on Party { id } ... on Member { id again: id } } }", 1 + 2),
        ("{ found { ... on Party { id } ... on Party { again: id } ... { __typename } } }", 1 + 2 + 1),
        ("{ found { ...P ...M } } fragment P on Party { members { id } } fragment M on Member { id }", 1 + 1 + 8),
    ],
)
def test_fields_are_counted_as_they_may_be_answered(text: str, fields: int) -> None:
    assert fields == cost(text)


@pytest.mark.parametrize(
    ("variables", "fields"),
    [({}, 2 + 7), ({"n": 50}, 2 + 50), ({"n": None}, 2 + 7), ({"n": "x"}, 2 + 7), ({"n": -9}, 2), ({"n": True}, 2 + 7)],
)
def test_a_list_is_as_long_as_the_variable_says(variables: dict[str, object], fields: int) -> None:
    assert fields == cost("query ($n: Int! = 7) { parties(first: $n) { nodes { id } } }", **variables)


def test_a_cycle_through_lists_grows_by_each_turn() -> None:
    turn = "members { id } session { party { "
    assert cost("{ party { " + turn * 10 + "id" + "}}" * 10 + "}}") > 90


def test_fragments_that_double_are_priced_in_no_time() -> None:
    doubling = " ".join(f"fragment F{n} on Party {{ ...F{n + 1} ...F{n + 1} }}" for n in range(50))

    assert cost(f"{{ party {{ ...F0 }} }} {doubling} fragment F50 on Party {{ id }}") == 1 + 2**50


def test_introspection_is_within_the_bound() -> None:
    """Turns of it (types, fields, type, fields) are refused by graphql-core 3.3 itself."""
    assert cost(get_introspection_query(input_value_deprecation=True)) < DocumentLimits().cost_max

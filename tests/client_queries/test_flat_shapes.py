"""The check behind `test_documents_valid.py` finds each kind of unreadable selection."""

from __future__ import annotations

import pytest
from graphql import build_schema, parse

from tests.client_queries.flat_shapes import unreadable_selections

SCHEMA = build_schema("""
    type Query { pet: Pet, owner: Owner! }
    union Pet = Cat | Dog
    type Cat { name: String!, mark: Int, home: Place }
    type Dog { name: String!, mark: Owner, home: Place }
    type Owner { name: String! }
    type Place { street: String }
""")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ pet { __typename ... on Cat { name } ... on Dog { name } } }", []),
        ("{ owner { name } }", []),
        (
            "{ pet { ... on Cat { name } } }",
            ["pet: may be of several types and does not select __typename"],
        ),
        (
            "{ pet { __typename ... on Cat { mark } ... on Dog { mark { name } } } }",
            ["pet.mark: is Int and Owner in one class"],
        ),
        (
            "{ pet { __typename ... on Cat { ...Home } } } fragment Home on Cat { home { street } }",
            ["pet.home: may be null, and selects nothing that never is"],
        ),
    ],
    ids=["readable", "never null", "no typename", "two types", "null or empty"],
)
def test_a_selection_that_a_flat_class_cannot_read_is_reported(query: str, expected: list[str]) -> None:
    assert expected == unreadable_selections(SCHEMA, parse(query))

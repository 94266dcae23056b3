"""The served schema keeps the public contract. `contract.graphql` changes only when the contract does."""

from __future__ import annotations

from pathlib import Path

from graphql import build_schema, introspection_from_schema

from schema.root import schema
from tests.contract.differences import differences

CONTRACT = Path(__file__).with_name("contract.graphql")


def test_the_served_schema_has_everything_of_the_contract() -> None:
    contract = build_schema(CONTRACT.read_text(encoding="utf-8"))
    found = differences(dict(introspection_from_schema(contract)), dict(introspection_from_schema(schema._schema)))
    assert not found, "\n".join(["The served schema differs from the contract:", *found])

"""The served schema has everything of the public contract: `contract.graphql`, and `additions.graphql` as far as it is served.

Clients in the field rely on the contract, so nothing may be taken away from it. A change that only adds does not touch the files:
`scripts/contract` raises the contract when a version is released.
"""

from __future__ import annotations

from pathlib import Path

from graphql import DocumentNode, build_schema, extend_schema, introspection_from_schema, parse
from graphql.language import TypeDefinitionNode

from resolvers.root import schema
from tests.contract.differences import MISSING, Introspection, describe_differences

CONTRACT = Path(__file__).with_name("contract.graphql")
ADDITIONS = Path(__file__).with_name("additions.graphql")
TO_COME = Path(__file__).with_name("to_come.txt")
"""The types, fields and values of the additions that are not served yet, one a line. Remove a line when you serve it."""


def introspect(sdl: str) -> Introspection:
    return dict(introspection_from_schema(build_schema(sdl)))


def introspect_extended(sdl: str, additions: str) -> Introspection:
    """The schema `sdl` with `additions`, which may define scalars of it once more to be readable alone."""
    contract, document = build_schema(sdl), parse(additions)
    new = [
        node
        for node in document.definitions
        if not (isinstance(node, TypeDefinitionNode) and node.name.value in contract.type_map)
    ]
    return dict(introspection_from_schema(extend_schema(contract, DocumentNode(definitions=tuple(new)))))


def served_schema() -> Introspection:
    return dict(introspection_from_schema(schema._schema))


def test_the_served_schema_has_everything_of_the_contract() -> None:
    found = describe_differences(introspect(CONTRACT.read_text(encoding="utf-8")), served_schema())
    assert not found, "\n".join(
        ["The served schema breaks clients; it differs from tests/contract/contract.graphql:", *found]
    )


def test_the_served_schema_has_the_additions_but_those_to_come() -> None:
    additions = introspect_extended(CONTRACT.read_text(encoding="utf-8"), ADDITIONS.read_text(encoding="utf-8"))
    found = describe_differences(additions, served_schema())
    missing = {line.split(":")[0] for line in found if line.endswith(MISSING)}
    to_come = set(TO_COME.read_text(encoding="utf-8").split())
    wrong = [line for line in found if not line.endswith(MISSING)]
    assert not wrong, "\n".join(["What is served differs from tests/contract/additions.graphql:", *wrong])
    assert sorted(missing - to_come) == [], "not served, and not listed in tests/contract/to_come.txt"
    assert sorted(to_come - missing) == [], "served, or no addition: take it out of tests/contract/to_come.txt"

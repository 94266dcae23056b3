"""The input of the generator: the server's schema and its client documents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
)

from web.graphql.execution.client_documents import client_documents


@dataclass(frozen=True, slots=True)
class Operation:
    """One document. `comment`: the comment at its head. `text`: the operation with its fragments."""

    name: str
    text: str
    comment: str
    node: OperationDefinitionNode


@dataclass(frozen=True, slots=True)
class Contract:
    schema: GraphQLSchema
    operations: tuple[Operation, ...]
    fragments: dict[str, FragmentDefinitionNode]

    def root(self, operation: Operation) -> GraphQLObjectType:
        root = self.schema.get_root_type(operation.node.operation)
        assert root is not None, f"the schema has no {operation.node.operation.value}"
        return root


def read_contract(root: Path) -> Contract:
    """The contract of the checkout at `root`. Raises `ClientDocumentError`, `GraphQLSyntaxError`."""
    schema = build_schema((root / "schema/schema.graphql").read_text(encoding="utf-8"))
    fragments: dict[str, FragmentDefinitionNode] = {}
    operations: list[Operation] = []
    for name, text in client_documents(root / "client_queries").items():
        for definition in parse(text, no_location=True).definitions:
            if isinstance(definition, FragmentDefinitionNode):
                fragments[definition.name.value] = definition
            elif isinstance(definition, OperationDefinitionNode):
                operations.append(Operation(name, text, _head_comment(text), definition))
    return Contract(schema, tuple(operations), fragments)


def _head_comment(text: str) -> str:
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# "))
    return " ".join(lines)

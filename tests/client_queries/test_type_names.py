"""The documents as client libraries with a cache send them, such as Apollo and urql: with `__typename` in each selection."""

from __future__ import annotations

import pytest
from graphql import (
    FieldNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    build_schema,
    parse,
    print_ast,
    visit,
)

from tests.client_queries.test_documents_valid import DOCUMENTS
from tests.needs import ROOT
from tests.web.graphql.execution.calling import core_operations, prepare
from web.graphql.execution.operation import Operation, OperationRequest

(_TYPE_NAME,) = parse("{ __typename }").definitions[0].selection_set.selections  # type: ignore[attr-defined]
OPERATIONS = core_operations(build_schema((ROOT / "schema/schema.graphql").read_text(encoding="utf-8")))


class _TypeNames(Visitor):
    def leave_selection_set(
        self, node: SelectionSetNode, _key: object, parent: Node, *_: object
    ) -> SelectionSetNode | None:
        names = {each.name.value for each in node.selections if isinstance(each, FieldNode)}
        if isinstance(parent, OperationDefinitionNode) or "__typename" in names:
            return None
        return SelectionSetNode(selections=(*node.selections, _TYPE_NAME))


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_document_with_type_names_is_within_the_limits(name: str) -> None:
    text = print_ast(visit(parse(DOCUMENTS[name]), _TypeNames()))
    operation = await prepare(OPERATIONS, OperationRequest(text, None, {}, {}))
    assert isinstance(operation, Operation), operation

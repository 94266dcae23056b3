"""What stands in a document, each thing counted where it stands and once: in time linear in the document, whatever it spreads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
)

from lobby.operations.document_limits import DocumentLimits


def excess(document: DocumentNode, limits: DocumentLimits) -> str | None:
    """What there is too much of in a document that has been parsed and no more, said to the caller; None where there is not."""
    nodes = list(_nodes(document))
    count = Counter(map(type, nodes))
    names = Counter(_response_name(node) for node in nodes if isinstance(node, FieldNode))
    bounds = (
        (count[OperationDefinitionNode], limits.operations_max, "operations"),
        (count[FragmentDefinitionNode], limits.fragments_max, "fragments"),
        (count[FragmentSpreadNode], limits.spreads_max, "spreads of fragments"),
        (count[DirectiveNode], limits.directives_max, "directives"),
        (count[VariableDefinitionNode], limits.variables_max, "variables"),
        (sum(isinstance(node, FieldNode) and node.alias is not None for node in nodes), limits.aliases_max, "aliases"),
        (max(map(_items, nodes)), limits.items_max, "items in one list or input object"),
        (_pairs(names), limits.repeated_pairs_max, "pairs of fields with the same name"),
    )
    return next((f"A document has at most {most} {what}." for found, most, what in bounds if found > most), None)


def repeated_pairs(document: DocumentNode) -> int:
    """How many pairs of fields have the same response name, fragments counted once.

    Validation compares such pairs to see that they can be merged (GraphQL specification, 5.3.2), at some 15
    us each: 500 times the same field block the event loop for 2 s.
    """
    return _pairs(Counter(_response_name(node) for node in _nodes(document) if isinstance(node, FieldNode)))


def variables_excess(variables: dict[str, object], limits: DocumentLimits) -> str | None:
    """The same of the values that come with a document."""
    level: list[object] = [variables]
    for _ in range(limits.variables_depth_max + 1):
        if any(len(value) > limits.items_max for value in level if isinstance(value, list | dict)):
            return f"Variables have at most {limits.items_max} items in one list or object."
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return None
    return f"Variables are nested at most {limits.variables_depth_max} deep."


def _nodes(document: DocumentNode) -> Iterator[Node]:
    waiting: list[Node] = [document]
    while waiting:
        node = waiting.pop()
        yield node
        for key in node.keys:
            child = getattr(node, key, None)
            if isinstance(child, Node):
                waiting.append(child)
            elif isinstance(child, list | tuple):
                waiting.extend(each for each in child if isinstance(each, Node))


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _items(node: Node) -> int:
    if isinstance(node, ListValueNode):
        return len(node.values)
    return len(node.fields) if isinstance(node, ObjectValueNode) else 0


def _response_name(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _pairs(names: Counter[str]) -> int:
    return sum(count * (count - 1) // 2 for count in names.values())

"""Limits of the documents that clients send, and checks of a document or its variables against them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableDefinitionNode,
)

from web.http.request import ANSWER_BYTES_MAX

_CONTAINERS = (dict, list)
"""The types of values in JSON that have others in them."""

_TYPE_NAMES_AS_ONE = 10
"""This many pairs of `__typename` count as one pair of fields. Client libraries such as Apollo and urql add one to each
selection, and validation compares two of them in 1 us."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Limits on the cost of one document, and on the number of kept documents. Trusted documents are not limited.

    Parsing and validation take CPU time. With the limits up to `items_max`, the worst known document takes about 50 ms, and
    documents of clients take up to 12 ms: the largest of them has 645 tokens, 103 repeated pairs and 527 fields. Client libraries
    with a cache add `__typename` to each selection of it: 743 tokens, 588 pairs and 802 fields. `levels_max` and `fields_max`
    count an operation with its fragments written out; GraphiQL's introspection query has 15 and 226. `cost_max` counts the fields
    of the result, with lists by their length (see `cost.py`); the introspection query has 29,000. A kept document takes about 40
    times its text in memory, so `kept_chars_max` limits the texts together. `answer_bytes_max` limits the JSON of one result.
    """

    document_chars_max: int = 20_000
    tokens_max: int = 2_000
    repeated_pairs_max: int = 3_000
    operations_max: int = 50
    fragments_max: int = 50
    spreads_max: int = 100
    aliases_max: int = 50
    directives_max: int = 50
    variables_max: int = 50
    items_max: int = 100
    """Items of one list or fields of one input object, in the document and in the variables."""
    variables_depth_max: int = 10
    levels_max: int = 25
    fields_max: int = 2_000
    cost_max: int = 40_000
    answer_bytes_max: int = ANSWER_BYTES_MAX
    errors_max: int = 10
    kept_max: int = 1_000
    kept_chars_max: int = 500_000


def violation(document: DocumentNode, limits: DocumentLimits) -> str | None:
    """A message to the caller about the first limit that a parsed document exceeds; None if it exceeds none.

    Each node is counted once, also if its fragment is spread several times, so the time is linear in the document.
    """
    nodes = list(_nodes(document))
    count = Counter(map(type, nodes))
    fields = [node for node in nodes if isinstance(node, FieldNode)]
    bounds = (
        (count[OperationDefinitionNode], limits.operations_max, "operations"),
        (count[FragmentDefinitionNode], limits.fragments_max, "fragments"),
        (count[FragmentSpreadNode], limits.spreads_max, "spreads of fragments"),
        (count[DirectiveNode], limits.directives_max, "directives"),
        (count[VariableDefinitionNode], limits.variables_max, "variables"),
        (sum(field.alias is not None for field in fields), limits.aliases_max, "aliases"),
        (max(map(_items, nodes)), limits.items_max, "items in one list or input object"),
        (_pairs(fields), limits.repeated_pairs_max, "pairs of fields with the same name"),
    )
    return next((f"A document has at most {most} {what}." for found, most, what in bounds if found > most), None)


def variables_violation(variables: dict[str, object], limits: DocumentLimits) -> str | None:
    """The same for the variables of a request."""
    containers: list[Any] = [variables]
    for _ in range(limits.variables_depth_max + 1):
        values: list[object] = []
        for container in containers:
            if len(container) > limits.items_max:
                return f"Variables have at most {limits.items_max} items in one list or object."
            values.extend(container.values() if isinstance(container, dict) else container)
        if not values:
            return None
        containers = [value for value in values if isinstance(value, _CONTAINERS)]
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


def _items(node: Node) -> int:
    if isinstance(node, ListValueNode):
        return len(node.values)
    return len(node.fields) if isinstance(node, ObjectValueNode) else 0


def _response_name(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _pairs(fields: list[FieldNode]) -> int:
    """How many pairs of fields have the same response name, fragments counted once.

    Validation compares such pairs to see that they can be merged (GraphQL specification, 5.3.2), at about 15 us each: 500 times
    the same field block the event loop for 2 s. Two `__typename` have nothing in them to compare, and count less.
    """
    names = Counter(map(_response_name, fields))
    type_names = sum(field.name.value == "__typename" and field.alias is None for field in fields)
    cheap = _pairs_of(type_names)
    return sum(map(_pairs_of, names.values())) - cheap + cheap // _TYPE_NAMES_AS_ONE


def _pairs_of(count: int) -> int:
    return count * (count - 1) // 2


@dataclass(frozen=True, slots=True)
class SelectionSize:
    """How much an operation selects with its fragments written out: levels of fields, and fields in total."""

    levels: int
    fields: int


def selection_sizes(document: DocumentNode) -> list[SelectionSize]:
    """The sizes of a valid document's operations.

    Each fragment is measured once, however often it is spread: n fragments that each spread the next one twice write out to 2 to
    the power of n.
    """
    measure = _Measure(document)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return [measure.of_all(operation.selection_set) for operation in operations]


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, SelectionSize] = {}

    def of_all(self, selected: SelectionSetNode) -> SelectionSize:
        levels = fields = 0
        for selection in selected.selections:
            size = self._of(selection)
            levels = max(levels, size.levels)
            fields += size.fields
        return SelectionSize(levels, fields)

    def _of(self, selection: SelectionNode) -> SelectionSize:
        match selection:
            case FieldNode(selection_set=SelectionSetNode() as selected):
                inner = self.of_all(selected)
                return SelectionSize(1 + inner.levels, 1 + inner.fields)
            case FieldNode():
                return SelectionSize(1, 1)
            case FragmentSpreadNode(name=name):
                return self._of_fragment(name.value)
            case InlineFragmentNode(selection_set=selected):
                return self.of_all(selected)
        raise AssertionError(f"no such selection: {selection.kind}")

    def _of_fragment(self, name: str) -> SelectionSize:
        if name not in self._known:
            self._known[name] = self.of_all(self._fragments[name].selection_set)
        return self._known[name]

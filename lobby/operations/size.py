"""How much an operation selects, told from its document alone, in one walk over it."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Size:
    """What an operation selects once its fragments are written out: levels of fields, and fields in all."""

    levels: int
    fields: int


def sizes(document: DocumentNode) -> list[Size]:
    """The sizes of a valid document's operations. Each fragment is measured once, however often it is spread:
    fragments that spread others twice write out to 2 to the power of their number."""
    measure = _Measure(document)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return [measure.of_all(operation.selection_set) for operation in operations]


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, Size] = {}

    def of_all(self, selected: SelectionSetNode) -> Size:
        levels = fields = 0
        for selection in selected.selections:
            size = self._of(selection)
            levels = max(levels, size.levels)
            fields += size.fields
        return Size(levels, fields)

    def _of(self, selection: SelectionNode) -> Size:
        match selection:
            case FieldNode(selection_set=SelectionSetNode() as selected):
                inner = self.of_all(selected)
                return Size(1 + inner.levels, 1 + inner.fields)
            case FieldNode():
                return Size(1, 1)
            case FragmentSpreadNode(name=name):
                return self._of_fragment(name.value)
            case InlineFragmentNode(selection_set=selected):
                return self.of_all(selected)
        raise AssertionError(f"no such selection: {selection.kind}")

    def _of_fragment(self, name: str) -> Size:
        if name not in self._known:
            self._known[name] = self.of_all(self._fragments[name].selection_set)
        return self._known[name]

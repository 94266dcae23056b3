"""Checks that flat classes can read a response: one class per selection, without unions and maps, as in JsonUtility of Unity.

Such a reader gives every field of the class a value, for every object. So in one selection, over all types that it may meet,
- a response name has one type, or the class would need it twice;
- an interface or union selects __typename, which says which fields count;
- an object that may be null has a field that is never null, or null would look like an empty object.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_non_null_type,
)


@dataclass(slots=True)
class _Selected:
    """One response name of a selection: the types it was met with, and what is selected below it."""

    types: list[GraphQLOutputType] = field(default_factory=list)
    below: list[tuple[GraphQLCompositeType, SelectionSetNode]] = field(default_factory=list)


def unreadable_selections(schema: GraphQLSchema, document: DocumentNode) -> list[str]:
    """A description of every selection that breaks a rule; none for a document that flat classes can read."""
    return list(_Reader(schema, document).problems())


class _Reader:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
        fragments = (d for d in document.definitions if isinstance(d, FragmentDefinitionNode))
        self._fragments = {fragment.name.value: fragment for fragment in fragments}

    def problems(self) -> Iterator[str]:
        root = self._schema.get_root_type(self._operation.operation)
        assert root is not None
        yield from self._selection("", [(root, self._operation.selection_set)])

    def _selection(self, path: str, parts: list[tuple[GraphQLCompositeType, SelectionSetNode]]) -> Iterator[str]:
        selected: dict[str, _Selected] = {}
        for parent, selection_set in parts:
            self._collect(parent, selection_set, selected)
        if any(is_abstract_type(parent) for parent, _ in parts) and "__typename" not in selected:
            yield f"{path}: may be of several types and does not select __typename"
        for name, entry in selected.items():
            yield from self._entry(f"{path}.{name}" if path else name, entry)

    def _entry(self, path: str, entry: _Selected) -> Iterator[str]:
        named = sorted({get_named_type(kind).name for kind in entry.types})
        if len(named) > 1:
            yield f"{path}: is {' and '.join(named)} in one class"
        if entry.below:
            yield from self._selection(path, entry.below)
        if entry.below and not all(map(is_non_null_type, entry.types)) and not self._has_mark(entry):
            yield f"{path}: may be null, and selects nothing that never is"

    def _has_mark(self, entry: _Selected) -> bool:
        """True if a leaf, at any depth below, is there whenever the object is."""
        below: dict[str, _Selected] = {}
        for parent, selection_set in entry.below:
            self._collect(parent, selection_set, below)
        return any(
            all(map(is_non_null_type, inner.types)) and (not inner.below or self._has_mark(inner))
            for inner in below.values()
        )

    def _collect(
        self, parent: GraphQLCompositeType, selection_set: SelectionSetNode, into: dict[str, _Selected]
    ) -> None:
        for selection in selection_set.selections:
            match selection:
                case FieldNode():
                    self._collect_field(parent, selection, into)
                case FragmentSpreadNode():
                    fragment = self._fragments[selection.name.value]
                    self._collect(self._composite(fragment.type_condition.name.value), fragment.selection_set, into)
                case InlineFragmentNode():
                    condition = selection.type_condition
                    narrowed = self._composite(condition.name.value) if condition else parent
                    self._collect(narrowed, selection.selection_set, into)

    def _collect_field(self, parent: GraphQLCompositeType, node: FieldNode, into: dict[str, _Selected]) -> None:
        entry = into.setdefault(node.alias.value if node.alias else node.name.value, _Selected())
        definition: GraphQLField | None = self._schema.get_field(parent, node.name.value)
        assert definition is not None
        entry.types.append(definition.type)
        named = get_named_type(definition.type)
        if node.selection_set and is_composite_type(named):
            entry.below.append((named, node.selection_set))

    def _composite(self, name: str) -> GraphQLCompositeType:
        kind = self._schema.type_map[name]
        assert is_composite_type(kind)
        return kind

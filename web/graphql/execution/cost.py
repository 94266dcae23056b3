"""The cost of an operation: the fields of its result, with every list as long as it may become.

A list with an argument for its length (`first`) counts as that long, and so do the lists directly inside it, as in
`parties(first: 20) { nodes { … } }`. A list with a bound of its own (`ITEMS_MAX`) counts as that long, any other as
`ITEMS_ASSUMED`. So `party { session { party { … } } }` costs more with each level, and a list inside a list multiplies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_list_type,
    is_non_null_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value

SIZE = "first"
"""The argument that limits the length of a list."""
ITEMS_ASSUMED = 8
"""The length of a list without such an argument: a party has at most 8 members."""
SIZE_MAX = 1_000_000
"""A larger size counts as this one, so that numbers stay small. The field itself refuses sizes above its own limit."""
ITEM_COST = "item_cost"
"""The extension of a list, or of a value, that takes time to read: the fields that an item costs besides those that are
selected."""
ITEMS_MAX = "items_max"
"""The extension of a list that may have more items than `ITEMS_ASSUMED`, without an argument for it."""
CACHED_COSTS_MAX = 64
"""Costs of one operation for different sizes."""


class Cost:
    """The cost of one operation of a valid document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._document = document
        self._operation = operation
        self._cached: dict[tuple[object, ...], int] = {}
        walk = _Walk(schema, document, {})
        first = walk.of_operation(operation)
        self._sizes = tuple(walk.sizes)
        """The variables that limit lengths of lists. Most operations have none, and then they have one cost."""
        self._only = None if self._sizes else first

    def of(self, variables: Mapping[str, Any]) -> int:
        """The cost in fields with these variables. Never raises, for variables of any type."""
        if self._only is not None:
            return self._only
        sizes = tuple(_size(variables.get(name)) for name in self._sizes)
        cost = self._cached.get(sizes)
        if cost is None:
            if len(self._cached) >= CACHED_COSTS_MAX:
                self._cached.clear()
            walk = _Walk(self._schema, self._document, dict(zip(self._sizes, sizes, strict=True)))
            cost = self._cached[sizes] = walk.of_operation(self._operation)
        return cost


class _Walk:
    """Adds up the cost of a document for certain sizes. Each fragment is visited once, however often it is spread."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, asked: Mapping[str, int | None]) -> None:
        self._schema = schema
        self._asked = asked
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, int], int] = {}
        self._defaults: dict[str, int | None] = {}
        self.sizes: dict[str, None] = {}

    def of_operation(self, operation: OperationDefinitionNode) -> int:
        for definition in operation.variable_definitions or ():
            default = definition.default_value
            known = int(default.value) if isinstance(default, IntValueNode) else None
            self._defaults[definition.variable.name.value] = known
        return self._of_all(operation.selection_set, self._schema.get_root_type(operation.operation), ITEMS_ASSUMED)

    def _of_all(self, selected: SelectionSetNode, parent: GraphQLNamedType | None, items: int) -> int:
        """`items`: the length of lists directly in this selection set.

        Of the fragments on different object types, only the most expensive one counts: an object has one type.
        """
        cost = 0
        by_type: Counter[str] = Counter()
        for selection in selected.selections:
            match selection:
                case FieldNode():
                    cost += self._of_field(selection, parent, items)
                case InlineFragmentNode(type_condition=condition, selection_set=inner):
                    type_ = self._type(condition.name.value) if condition else parent
                    by_type[_object_name(type_)] += self._of_all(inner, type_, items)
                case FragmentSpreadNode(name=name):
                    type_ = self._type(self._fragments[name.value].type_condition.name.value)
                    by_type[_object_name(type_)] += self._of_fragment(name.value, items)
        return cost + by_type.pop(_ANY, 0) + max(by_type.values(), default=0)

    def _of_fragment(self, name: str, items: int) -> int:
        key = name, items
        if key not in self._known:
            fragment = self._fragments[name]
            parent = self._type(fragment.type_condition.name.value)
            self._known[key] = self._of_all(fragment.selection_set, parent, items)
        return self._known[key]

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType | None, items: int) -> int:
        field = self._schema.get_field(parent, node.name.value) if parent is not None else None  # type: ignore[arg-type]
        if field is None:
            return 1
        if node.selection_set is None:
            return 1 + int(field.extensions.get(ITEM_COST, 0))
        size = self._size(node, field)
        is_list = _is_list(field.type)
        inside = self._of_all(
            node.selection_set, get_named_type(field.type), ITEMS_ASSUMED if size is None or is_list else size
        )
        if not is_list:
            return 1 + inside
        item: int = field.extensions.get(ITEM_COST, 0)
        count: int = field.extensions.get(ITEMS_MAX, items) if size is None else size
        return 1 + count * (item + inside)

    def _size(self, node: FieldNode, field: GraphQLField) -> int | None:
        argument = field.args.get(SIZE)
        if argument is None:
            return None
        given = next((each.value for each in node.arguments or () if each.name.value == SIZE), None)
        if isinstance(given, IntValueNode):
            return _size(int(given.value))
        if isinstance(given, VariableNode):
            name = given.name.value
            self.sizes[name] = None
            asked = self._asked.get(name)
            return asked if asked is not None else _size(self._defaults.get(name)) or ITEMS_ASSUMED
        return _size(coerce_default_value(argument)) or ITEMS_ASSUMED

    def _type(self, name: str) -> GraphQLNamedType | None:
        return self._schema.get_type(name)


_ANY = ""


def _object_name(type_: GraphQLNamedType | None) -> str:
    """The name of an object type, or `_ANY` for an interface or union, whose fragment may apply beside others."""
    return type_.name if isinstance(type_, GraphQLObjectType) else _ANY


def _is_list(kind: GraphQLOutputType) -> bool:
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def _size(value: object) -> int | None:
    """The value as a size; None if it is no size, which the field itself refuses."""
    return min(max(value, 0), SIZE_MAX) if isinstance(value, int) and not isinstance(value, bool) else None

"""What an operation costs to answer: the fields of its response, with every list as long as it may become.

A list that is asked for by its length (`first`) counts as that long, and so do the lists right inside it, as in
`parties(first: 20) { nodes { … } }`; any other counts as `ITEMS_ASSUMED`. So `party { session { party { … } } }` grows by each
turn of the cycle, and a list inside a list multiplies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
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
"""The argument that says how long a list may become."""
ITEMS_ASSUMED = 8
"""Of a list of which nobody says how long: a party's members are at most 8."""
SIZE_MAX = 1_000_000
"""What a size counts as at most, so that numbers stay small; what is above the field's own bound is refused later."""
KEPT_MAX = 64


class Price:
    """The price of one operation of a valid document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._document = document
        self._operation = operation
        self._known: dict[tuple[object, ...], int] = {}
        walk = _Walk(schema, document, {})
        first = walk.of_operation(operation)
        self._sizes = tuple(walk.sizes)
        """The variables that say how long lists become; mostly there are none, and then there is one price."""
        self._only = None if self._sizes else first

    def of(self, variables: Mapping[str, Any]) -> int:
        """In fields, for the lists as long as `variables` say. Never raises, whatever they are."""
        if self._only is not None:
            return self._only
        asked = tuple(_size(variables.get(name)) for name in self._sizes)
        price = self._known.get(asked)
        if price is None:
            if len(self._known) >= KEPT_MAX:
                self._known.clear()
            walk = _Walk(self._schema, self._document, dict(zip(self._sizes, asked, strict=True)))
            price = self._known[asked] = walk.of_operation(self._operation)
        return price


class _Walk:
    """One look at a document with the sizes that are asked for. Each fragment is priced once, however often it is spread."""

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
        """`items`: how long a list counts as that stands right here."""
        price = 0
        for selection in selected.selections:
            match selection:
                case FieldNode():
                    price += self._of_field(selection, parent, items)
                case InlineFragmentNode(type_condition=condition, selection_set=inner):
                    price += self._of_all(inner, self._type(condition.name.value) if condition else parent, items)
                case FragmentSpreadNode(name=name):
                    price += self._of_fragment(name.value, items)
        return price

    def _of_fragment(self, name: str, items: int) -> int:
        key = name, items
        if key not in self._known:
            fragment = self._fragments[name]
            parent = self._type(fragment.type_condition.name.value)
            self._known[key] = self._of_all(fragment.selection_set, parent, items)
        return self._known[key]

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType | None, items: int) -> int:
        if node.selection_set is None:
            return 1
        field = self._schema.get_field(parent, node.name.value) if parent is not None else None  # type: ignore[arg-type]
        if field is None:
            return 1
        size = self._size(node, field)
        is_list = _is_list(field.type)
        inside = self._of_all(
            node.selection_set, get_named_type(field.type), ITEMS_ASSUMED if size is None or is_list else size
        )
        if not is_list:
            return 1 + inside
        return 1 + (items if size is None else size) * inside

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


def _is_list(kind: GraphQLOutputType) -> bool:
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def _size(value: object) -> int | None:
    """A size that was given; None for what is none, which the field itself refuses."""
    return min(max(value, 0), SIZE_MAX) if isinstance(value, int) and not isinstance(value, bool) else None

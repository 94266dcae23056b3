"""The features of a document. They show that the generator leaves none out."""

from __future__ import annotations

from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    is_interface_type,
    is_union_type,
    parse,
    visit,
)

from tests.web.fast.plans.generated.documents import Generated

FEATURES = frozenset(
    {
        "alias",
        "__typename",
        "literal argument",
        "variable argument",
        "null literal",
        "list literal",
        "variable in an object",
        "variable in a list",
        "variable with a default",
        "variable left out",
        "variable null",
        "unknown variable",
        "fragment on an object",
        "fragment on an interface",
        "fragment on a union",
        "inline fragment on an object",
        "inline fragment on an interface",
        "inline fragment on a union",
        "inline fragment without a type",
        "fragment in a fragment",
        "fragment spread twice",
        "key selected twice",
        "@skip with a constant",
        "@skip with a variable",
        "@include with a constant",
        "@include with a variable",
        "condition on a fragment",
        "several operations",
    }
)


def features(schema: GraphQLSchema, document: Generated) -> set[str]:
    """The items of `FEATURES` that the document has."""
    finder = _Finder(schema)
    parsed = parse(document.text)
    visit(parsed, finder)
    operations = [node for node in parsed.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) > 1:
        finder.found.add("several operations")
    [asked] = [node for node in operations if (node.name.value if node.name else None) == document.operation_name]
    return finder.found | _of_requests(asked, document)


def _of_requests(asked: OperationDefinitionNode, document: Generated) -> set[str]:
    names = {definition.variable.name.value for definition in asked.variable_definitions or ()}
    found: set[str] = set()
    for variables in document.requests:
        found |= {"variable left out"} if names - variables.keys() else set()
        found |= {"variable null"} if any(value is None for value in variables.values()) else set()
        found |= {"unknown variable"} if variables.keys() - names else set()
    return found


class _Finder(Visitor):
    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._schema = schema
        self._spread: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.found |= {"alias"} if node.alias else set()
        self.found |= {"__typename"} if node.name.value == "__typename" else set()

    def enter_argument(
        self, node: ArgumentNode, _key: object, _parent: object, _path: object, above: list[Any]
    ) -> None:
        if isinstance(above[-2] if isinstance(above[-1], tuple | list) else above[-1], DirectiveNode):
            return
        self.found.add("variable argument" if isinstance(node.value, VariableNode) else "literal argument")

    def enter_null_value(self, _node: NullValueNode, *_: object) -> None:
        self.found.add("null literal")

    def enter_list_value(self, node: ListValueNode, *_: object) -> None:
        self.found.add("list literal")
        self.found |= {"variable in a list"} if any(isinstance(item, VariableNode) for item in node.values) else set()

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        self.found |= {"variable in an object"} if isinstance(node.value, VariableNode) else set()

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        self.found |= {"variable with a default"} if node.default_value is not None else set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        [argument] = node.arguments or ()
        kind = "a constant" if isinstance(argument.value, BooleanValueNode) else "a variable"
        self.found.add(f"@{node.name.value} with {kind}")

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> None:
        self.found.add(f"fragment on {self._kind(node.type_condition.name.value)}")

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        condition = node.type_condition
        kind = f"on {self._kind(condition.name.value)}" if condition else "without a type"
        self.found.add(f"inline fragment {kind}")
        self.found |= {"condition on a fragment"} if node.directives else set()

    def enter_fragment_spread(
        self, node: FragmentSpreadNode, _key: object, _parent: object, _path: object, above: list[Any]
    ) -> None:
        self.found |= {"fragment spread twice"} if node.name.value in self._spread else set()
        self._spread.add(node.name.value)
        self.found |= {"condition on a fragment"} if node.directives else set()
        self.found |= {"fragment in a fragment"} if any(isinstance(n, FragmentDefinitionNode) for n in above) else set()

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
        fields = [one for one in node.selections if isinstance(one, FieldNode)]
        keys = [field.alias.value if field.alias else field.name.value for field in fields]
        self.found |= {"key selected twice"} if len(set(keys)) < len(keys) else set()

    def _kind(self, name: str) -> str:
        type_ = self._schema.type_map[name]
        return "an interface" if is_interface_type(type_) else "a union" if is_union_type(type_) else "an object"

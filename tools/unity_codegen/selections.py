"""Turns the selections of documents into C# classes.

A fragment `PartyFields` on `Party` is the class `Party`. A fragment with another ending, such as `PartyListing`, is a class
with the name of the fragment. A selection that spreads a fragment uses this class, and fields beside the spread extend it. So
all operations share the class `Session`, and its endpoint has a value if the operation selects it. A selection without a fragment
is the class of its type, unless a fragment has this class; then the class is named after its position. A selection on an
interface becomes a single class with the fields of all types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)

from tools.unity_codegen.contract import Contract
from tools.unity_codegen.csharp import member_name


@dataclass(slots=True)
class Member:
    """A field of a selection. `of`: the class of its objects; None for scalars and enums.

    `kinds`: the types that have the field, for the class of an interface; empty if all types have it.
    `selected`: the number of selections of the class that contain the field.
    """

    name: str
    type: GraphQLOutputType
    description: str
    of: str | None
    kinds: set[str]
    selected: int = 0


@dataclass(slots=True)
class Answer:
    """A class. `selections`: the number of selections in the documents that it reads. `place`: the beginning of the names of
    classes that are named after their position in it."""

    name: str
    type: GraphQLNamedType
    place: str
    members: dict[str, Member] = field(default_factory=dict)
    selections: int = 0

    def always(self, member: Member) -> bool:
        """True if all selections of the class contain the member."""
        return member.selected == self.selections and not member.kinds


class Ambiguous(ValueError):
    """Documents that do not define a single class. The message names the class."""


_SUFFIX = "Fields"
_TYPENAME = "__typename"
_REJECTION = "Rejection"

_Owner = GraphQLObjectType | GraphQLInterfaceType
_Selected = tuple[_Owner, FieldNode]


class Selections:
    """All classes of the documents, by name. `type_name`: the name of the class for a type of the schema.

    `is_own`: an operation that picks some fields of a type without its fragment gets a class of its own, so that an object of the
    class for the type has all members.
    """

    def __init__(self, contract: Contract, type_name: Callable[[str], str], is_own: bool) -> None:
        self._contract = contract
        self._type_name = type_name
        self._of_fragment = {name: self._fragment_class(node) for name, node in contract.fragments.items()}
        self.answers: dict[str, Answer] = {}
        self.root_classes: dict[str, str | None] = {}
        """Operation -> the class of its root field; None for a scalar."""
        for operation in contract.operations:
            root = contract.root(operation)
            (selected,) = self._fields([operation.node.selection_set], root)
            self.root_classes[operation.name] = self._member_class(operation.name if is_own else "", root, [selected])

    def _fragment_class(self, fragment: FragmentDefinitionNode) -> str:
        on = fragment.type_condition.name.value
        for selection in fragment.selection_set.selections:
            if isinstance(selection, FragmentSpreadNode):
                spread = self._contract.fragments[selection.name.value]
                if spread.type_condition.name.value == on:
                    return self._fragment_class(spread)
        name = fragment.name.value
        return self._type_name(on) if name.endswith(_SUFFIX) else name

    def _member_class(self, within: str, owner: _Owner, nodes: Sequence[_Selected]) -> str | None:
        """The class of a field's objects, extended by the selected fields. None for a scalar or an enum."""
        node = nodes[0][1]
        kind = get_named_type(_definition(nodes[0][0], node).type)
        if not is_composite_type(kind):
            return None
        sets = [node.selection_set for _, node in nodes if node.selection_set is not None]
        if isinstance(kind, GraphQLUnionType):
            return self._either(kind, sets)
        name = self._class_name(within + member_name(node.name.value), kind, sets)
        self._read_into(name, kind, sets)
        return name

    def _either(self, union: GraphQLUnionType, sets: Sequence[SelectionSetNode]) -> str:
        """The class of a union's type other than Rejection."""
        names = [member.name for member in union.types if member.name != _REJECTION]
        if len(names) != 1 or len(union.types) != 2:
            raise Ambiguous(f"{union.name}: a union must have one type and Rejection")
        for member in union.types:
            self._read_into(self._type_name(member.name), member, sets)
        return self._type_name(names[0])

    def _class_name(self, place: str, kind: GraphQLNamedType, sets: Sequence[SelectionSetNode]) -> str:
        for selection in (selection for each in sets for selection in each.selections):
            if isinstance(selection, FragmentSpreadNode):
                return self._of_fragment[selection.name.value]
        name = self._type_name(kind.name)
        return self._type_name(place) if name in self._of_fragment.values() else name

    def _read_into(self, name: str, kind: GraphQLNamedType, sets: Sequence[SelectionSetNode]) -> None:
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        place = kind.name if name == self._type_name(kind.name) else name
        answer = self.answers.setdefault(name, Answer(name, kind, place))
        if answer.type is not kind:
            raise Ambiguous(f"{name}: of {answer.type.name} and of {kind.name}")
        answer.selections += 1
        selected: dict[str, list[_Selected]] = {}
        for owner, node in self._fields(sets, kind):
            if node.name.value != _TYPENAME:
                selected.setdefault((node.alias or node.name).value, []).append((owner, node))
        for response_name, nodes in selected.items():
            _add(answer, self._member(response_name, answer, nodes))

    def _member(self, response_name: str, answer: Answer, nodes: Sequence[_Selected]) -> Member:
        owner, node = nodes[0]
        definition = _definition(owner, node)
        owners = {owner.name for owner, _ in nodes}
        kinds = set() if answer.type.name in owners else owners
        of = self._member_class(answer.place, owner, nodes)
        return Member(response_name, definition.type, definition.description or "", of, kinds)

    def _fields(self, sets: Sequence[SelectionSetNode], kind: _Owner) -> Iterator[_Selected]:
        """The selected fields of objects of type `kind`, each with the type that it is selected on."""
        for selection in (selection for each in sets for selection in each.selections):
            if selection.directives:
                raise Ambiguous(f"{kind.name}: directives are not supported, since a class has all its members")
            if isinstance(selection, FieldNode):
                yield kind, selection
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self._contract.fragments[selection.name.value]
                yield from self._fields_on(fragment.type_condition.name.value, fragment.selection_set, kind)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                yield from self._fields_on(
                    condition.name.value if condition else kind.name, selection.selection_set, kind
                )

    def _fields_on(self, condition: str, selected: SelectionSetNode, kind: _Owner) -> Iterator[_Selected]:
        """The fields of a fragment; none if no object of `kind` has the fragment's type."""
        schema = self._contract.schema
        on = schema.type_map[condition]
        if isinstance(kind, GraphQLInterfaceType) and isinstance(on, GraphQLObjectType):
            yield from self._fields([selected], on)
        elif on is kind or (is_abstract_type(on) and schema.is_sub_type(on, kind)):
            yield from self._fields([selected], kind)


def _definition(owner: _Owner, node: FieldNode) -> GraphQLField:
    fields: dict[str, GraphQLField] = owner.fields
    return fields[node.name.value]


def _add(answer: Answer, member: Member) -> None:
    known = answer.members.setdefault(member.name, member)
    known.selected += 1
    if (known.of, str(get_named_type(known.type))) != (member.of, str(get_named_type(member.type))):
        raise Ambiguous(f"{answer.name}.{member.name}: of {known.type} and of {member.type}")
    if str(known.type) != str(member.type):
        raise Ambiguous(f"{answer.name}.{member.name}: of {known.type} and of {member.type}")
    # A field that is selected on the interface exists for all types.
    known.kinds = known.kinds | member.kinds if known.kinds and member.kinds else set()

"""Which fields an operation selects on an object type: fragments flattened, same response keys merged.

The same as the specification's CollectFields (section 6.3.2), done once instead of at each execution; @skip and @include with
variables become conditions that are looked at when the plan runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from lobby.operations.plans.uncovered import Uncovered

Condition = frozenset[tuple[str, bool]]
"""Boolean variables and the values that they must all have."""

ALWAYS: Condition = frozenset()
Fragments = Mapping[str, FragmentDefinitionNode]
Part = tuple[SelectionSetNode, Condition]
"""A selection set that counts where its condition holds."""


@dataclass(slots=True)
class SelectedField:
    """All nodes of one response key. The first one is always there, or all share its condition."""

    key: str
    node: FieldNode
    condition: Condition
    parts: list[Part] = field(default_factory=list)
    """The selection sets on the field's value, to be merged."""


def select(
    schema: GraphQLSchema, fragments: Fragments, type_: GraphQLObjectType, parts: list[Part]
) -> list[SelectedField]:
    """The fields on objects of `type_`, in the order of the response. Raises `Uncovered`."""
    selected: dict[str, SelectedField] = {}
    for selection_set, condition in parts:
        visited: set[tuple[str, Condition]] = set()
        for node, holds in _flattened(schema, fragments, type_, selection_set, condition, visited):
            _add(selected, node, holds)
    return list(selected.values())


def _add(selected: dict[str, SelectedField], node: FieldNode, condition: Condition) -> None:
    key = node.alias.value if node.alias else node.name.value
    known = selected.setdefault(key, SelectedField(key, node, condition))
    if known.condition not in (ALWAYS, condition):
        # Where the key stands among its siblings would depend on the variables.
        raise Uncovered
    if node.selection_set is not None:
        known.parts.append((node.selection_set, condition))


def _flattened(
    schema: GraphQLSchema,
    fragments: Fragments,
    type_: GraphQLObjectType,
    selection_set: SelectionSetNode,
    condition: Condition,
    visited: set[tuple[str, Condition]],
) -> Iterator[tuple[FieldNode, Condition]]:
    """A fragment counts once in a selection set; under another condition it is another one."""
    for selection in selection_set.selections:
        holds = _condition(selection, condition)
        if holds is None:
            continue
        if isinstance(selection, FieldNode):
            yield selection, holds
            continue
        inner = _fragment(selection, fragments, holds, visited)
        if inner is not None and _applies(schema, type_, inner):
            yield from _flattened(schema, fragments, type_, inner.selection_set, holds, visited)


def _fragment(
    selection: SelectionNode, fragments: Fragments, condition: Condition, visited: set[tuple[str, Condition]]
) -> InlineFragmentNode | FragmentDefinitionNode | None:
    if isinstance(selection, InlineFragmentNode):
        return selection
    assert isinstance(selection, FragmentSpreadNode)
    name = selection.name.value
    if (name, condition) in visited:
        return None
    visited.add((name, condition))
    return fragments[name]


def _applies(
    schema: GraphQLSchema, type_: GraphQLObjectType, fragment: InlineFragmentNode | FragmentDefinitionNode
) -> bool:
    if fragment.type_condition is None:
        return True
    wanted = schema.type_map[fragment.type_condition.name.value]
    return wanted is type_ or (is_abstract_type(wanted) and schema.is_sub_type(wanted, type_))


def _condition(selection: SelectionNode, outer: Condition) -> Condition | None:
    """The condition under which a selection counts; None: never."""
    condition = outer
    for directive in selection.directives or ():
        name = directive.name.value
        if name not in ("skip", "include"):
            raise Uncovered
        wanted = name == "include"
        value = _if(directive)
        if isinstance(value, VariableNode):
            condition |= {(value.name.value, wanted)}
        elif value.value is not wanted:
            return None
    contradicts = len({name for name, _ in condition}) < len(condition)
    return None if contradicts else condition


def _if(directive: DirectiveNode) -> VariableNode | BooleanValueNode:
    [argument] = directive.arguments or ()
    value = argument.value
    if not isinstance(value, VariableNode | BooleanValueNode):
        raise Uncovered
    return value

"""The fields that an operation selects on an object type: fragments are flattened, and equal response keys are merged.

This is CollectFields of the specification (section 6.3.2), done once instead of at each execution. @skip and @include with
variables become conditions, which are evaluated when the plan runs.
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

from web.fast.plans import NotPlannable

Condition = frozenset[tuple[str, bool]]
"""Boolean variables, and the values that all of them must have."""

ALWAYS: Condition = frozenset()
Fragments = Mapping[str, FragmentDefinitionNode]
Part = tuple[SelectionSetNode, Condition]
"""A selection set, and the condition under which it is selected."""
VISITS_MAX = 10_000
"""Visits of fields and fragments for one plan. Each is visited for every object type that it may be on, and under every
condition, so fragments that spread others twice make thousands. The largest client document needs 660."""

Visited = dict[str, set[Condition]]
"""The conditions under which a fragment has been visited, by its name."""


@dataclass(slots=True)
class SelectedField:
    """All nodes of one response key. The first node has no condition, or all nodes have the same one."""

    key: str
    condition: Condition
    nodes: list[FieldNode] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    """The selection sets on the field's value, which have to be merged."""

    @property
    def node(self) -> FieldNode:
        """The node whose arguments count. Validation has checked that the other nodes have the same ones."""
        return self.nodes[0]


class Selections:
    """The selection sets of one operation. The number of visits is limited for all of them together."""

    def __init__(self, schema: GraphQLSchema, fragments: Fragments) -> None:
        self._schema = schema
        self._fragments = fragments
        self._visits = 0
        self.conditions: set[str] = set()
        """Variables that @skip and @include read, also if nothing depends on them in the end."""

    def of(self, type_: GraphQLObjectType, parts: list[Part]) -> list[SelectedField]:
        """The fields on objects of `type_`, in the order of the response. Raises `NotPlannable`."""
        selected: dict[str, SelectedField] = {}
        visited: Visited = {}
        for selection_set, condition in parts:
            for node, holds in self._flattened(type_, selection_set, condition, visited):
                _add(selected, node, holds)
        return list(selected.values())

    def _flattened(
        self, type_: GraphQLObjectType, selection_set: SelectionSetNode, condition: Condition, visited: Visited
    ) -> Iterator[tuple[FieldNode, Condition]]:
        for selection in selection_set.selections:
            self._visit()
            holds = self._condition(selection, condition)
            if holds is None:
                continue
            if isinstance(selection, FieldNode):
                yield selection, holds
                continue
            inner = self._fragment(selection, holds, visited)
            if inner is not None and self._applies(type_, inner):
                yield from self._flattened(type_, inner.selection_set, holds, visited)

    def _condition(self, selection: SelectionNode, outer: Condition) -> Condition | None:
        """The condition under which a selection is selected; None if it never is."""
        condition, is_excluded = outer, False
        for directive in selection.directives or ():
            name = directive.name.value
            if name not in ("skip", "include"):
                raise NotPlannable
            wanted = name == "include"
            value = _if(directive)
            if isinstance(value, VariableNode):
                # Also beside a literal that excludes the selection: graphql-core may read the variable first, and refuse a null.
                self.conditions.add(value.name.value)
                condition |= {(value.name.value, wanted)}
            elif value.value is not wanted:
                is_excluded = True
        contradicts = len({name for name, _ in condition}) < len(condition)
        return None if contradicts or is_excluded else condition

    def _visit(self) -> None:
        self._visits += 1
        if self._visits > VISITS_MAX:
            raise NotPlannable

    def _fragment(
        self, selection: SelectionNode, condition: Condition, visited: Visited
    ) -> InlineFragmentNode | FragmentDefinitionNode | None:
        """The fragment of a selection; None if it was visited before under this condition, or without one."""
        if isinstance(selection, InlineFragmentNode):
            return selection
        assert isinstance(selection, FragmentSpreadNode)
        before = visited.setdefault(selection.name.value, set())
        if condition in before or ALWAYS in before:
            return None
        before.add(condition)
        return self._fragments[selection.name.value]

    def _applies(self, type_: GraphQLObjectType, fragment: InlineFragmentNode | FragmentDefinitionNode) -> bool:
        if fragment.type_condition is None:
            return True
        wanted = self._schema.type_map[fragment.type_condition.name.value]
        return wanted is type_ or (is_abstract_type(wanted) and self._schema.is_sub_type(wanted, type_))


def _add(selected: dict[str, SelectedField], node: FieldNode, condition: Condition) -> None:
    key = node.alias.value if node.alias else node.name.value
    known = selected.setdefault(key, SelectedField(key, condition))
    if known.condition not in (ALWAYS, condition):
        # The place of the key among its siblings would depend on the variables.
        raise NotPlannable
    known.nodes.append(node)
    if node.selection_set is not None:
        known.parts.append((node.selection_set, condition))


def _if(directive: DirectiveNode) -> VariableNode | BooleanValueNode:
    [argument] = directive.arguments or ()
    value = argument.value
    if not isinstance(value, VariableNode | BooleanValueNode):
        raise NotPlannable
    return value

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
LOOKS_MAX = 10_000
"""Fields and fragments that may be looked at for one plan. Each is looked at again for every object type that it may be on, and
under every condition: fragments that spread others twice make thousands of it. The largest client document needs 660."""

Visited = dict[str, set[Condition]]
"""The conditions under which a fragment has been visited, by its name."""


@dataclass(slots=True)
class SelectedField:
    """All nodes of one response key. The first one is always there, or all share its condition."""

    key: str
    condition: Condition
    nodes: list[FieldNode] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    """The selection sets on the field's value, to be merged."""

    @property
    def node(self) -> FieldNode:
        """The one whose arguments count; validation has seen to it that they are those of the others."""
        return self.nodes[0]


class Selections:
    """What the selection sets of one operation select. What looking into them costs is bounded for all of them together."""

    def __init__(self, schema: GraphQLSchema, fragments: Fragments) -> None:
        self._schema = schema
        self._fragments = fragments
        self._looks = 0
        self.conditions: set[str] = set()
        """Variables that @skip and @include read, also where nothing hangs on them in the end."""

    def of(self, type_: GraphQLObjectType, parts: list[Part]) -> list[SelectedField]:
        """The fields on objects of `type_`, in the order of the response. Raises `Uncovered`."""
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
            self._look()
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
        """The condition under which a selection counts; None: never."""
        condition = outer
        for directive in selection.directives or ():
            name = directive.name.value
            if name not in ("skip", "include"):
                raise Uncovered
            wanted = name == "include"
            value = _if(directive)
            if isinstance(value, VariableNode):
                self.conditions.add(value.name.value)
                condition |= {(value.name.value, wanted)}
            elif value.value is not wanted:
                return None
        contradicts = len({name for name, _ in condition}) < len(condition)
        return None if contradicts else condition

    def _look(self) -> None:
        self._looks += 1
        if self._looks > LOOKS_MAX:
            raise Uncovered

    def _fragment(
        self, selection: SelectionNode, condition: Condition, visited: Visited
    ) -> InlineFragmentNode | FragmentDefinitionNode | None:
        """What a selection stands for; None where it adds nothing to what was visited before."""
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
        # Where the key stands among its siblings would depend on the variables.
        raise Uncovered
    known.nodes.append(node)
    if node.selection_set is not None:
        known.parts.append((node.selection_set, condition))


def _if(directive: DirectiveNode) -> VariableNode | BooleanValueNode:
    [argument] = directive.arguments or ()
    value = argument.value
    if not isinstance(value, VariableNode | BooleanValueNode):
        raise Uncovered
    return value

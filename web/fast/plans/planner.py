"""Builds the plans of validated operations, and decides which operations have one."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import strawberry
from graphql import (
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLSchema,
    OperationType,
    get_nullable_type,
    is_list_type,
)

from web.fast.plans import NotPlannable
from web.fast.plans.arguments import arguments_of
from web.fast.plans.code_generator import CodeGenerator, GeneratedFunction
from web.fast.plans.coercion import has_distinct_repr, variables_reader
from web.fast.plans.plan import Plan, RootField
from web.fast.plans.selection import ALWAYS, SelectedField, Selections
from web.fast.plans.strawberry_adapter import resolver_of, strawberry_field, uses_defaults
from web.graphql.execution.operation import Operation


def plan_of(operation: Operation, schema: strawberry.Schema) -> Plan | None:
    """The operation's plan; None if only graphql-core can execute the operation."""
    try:
        return _plan(operation, schema)
    except NotPlannable:
        return None


def _plan(operation: Operation, schema: strawberry.Schema) -> Plan:
    core = schema._schema
    root_type = core.get_root_type(operation.kind)
    if root_type is None or operation.definition.directives or not uses_defaults(schema):
        raise NotPlannable
    fragments = {
        node.name.value: node for node in operation.document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    selections = Selections(core, fragments)
    selected = selections.of(root_type, [(operation.definition.selection_set, ALWAYS)])
    if operation.kind is OperationType.SUBSCRIPTION and (len(selected) != 1 or selected[0].condition):
        raise NotPlannable
    if any(field.node.name.value.startswith("__") for field in selected):
        raise NotPlannable
    takes_turns = operation.kind is OperationType.QUERY
    generator = CodeGenerator(schema, selections, takes_turns)
    fields = [(field, root_type.fields[field.node.name.value]) for field in selected]
    completers = [generator.value(core_field.type, field.parts) for field, core_field in fields]
    shared = _shared_completers(operation, core, generator, fields)
    functions = generator.functions()
    return Plan(
        variables_reader(core, operation.definition, selections.conditions),
        [
            _root(field, core_field, one, functions[one.name], schema)
            for (field, core_field), one in zip(fields, completers, strict=True)
        ],
        {class_: functions[one.name] for class_, one in shared.items()},
        tuple(sorted(generator.variables_read)),
        generator.fields,
    )


def _shared_completers(
    operation: Operation,
    core: GraphQLSchema,
    generator: CodeGenerator,
    fields: list[tuple[SelectedField, GraphQLField]],
) -> dict[Callable[..., object], GeneratedFunction]:
    """The functions for classes of events whose result is the same for every follower with the same variables."""
    if operation.kind is not OperationType.SUBSCRIPTION:
        return {}
    if not all(has_distinct_repr(core, operation.definition, name) for name in generator.variables_read):
        return {}
    [(field, core_field)] = fields
    if is_list_type(get_nullable_type(core_field.type)):
        return {}
    members = generator.functions_by_class(core_field.type, field.parts)
    return {class_: one for class_, one in members.items() if not one.uses_info and not one.is_async}


def _root(
    field: SelectedField,
    core_field: GraphQLField,
    written: GeneratedFunction,
    complete: Callable[..., Any],
    schema: strawberry.Schema,
) -> RootField:
    definition = strawberry_field(core_field)
    resolver = definition.base_resolver
    if resolver is None or resolver.self_parameter or resolver.root_parameter or resolver.parent_parameter:
        raise NotPlannable
    return RootField(
        key=field.key,
        name=field.node.name.value,
        nodes=field.nodes,
        condition=field.condition,
        resolve=resolver_of(definition),
        info_name=resolver.info_parameter.name if resolver.info_parameter is not None else None,
        is_async=resolver.is_async,
        arguments=arguments_of(field.node, core_field, definition, schema),
        complete=complete,
        is_complete_async=written.is_async,
    )


log = logging.getLogger(__name__)

TRUSTED_PLANS_MAX = 1_024
_trusted_plan_of = lru_cache(TRUSTED_PLANS_MAX)(plan_of)
"""The plans of trusted documents change as little as these, so all servers of a process share them. To build them takes 0.4 s,
and tests start hundreds of servers."""

PLANNED_AT_USES = 4
"""Planning takes about 10 ms, as much as a few executions without a plan. It is not worth it for a document that comes once."""


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """The memory of all plans of untrusted documents. A plan takes up to 0.8 MB, a thousand times its text."""

    plans_max: int = 500
    fields_max: int = 20_000


class PlanRegistry:
    """The plans of one schema's operations: those of trusted documents from their first use, others once they are used often.

    A plan of an untrusted document can be dropped for newer ones; it is built again after as many uses.
    """

    def __init__(self, schema: strawberry.Schema, limits: PlanLimits | None = None) -> None:
        self._schema = schema
        self._limits = limits or PlanLimits()
        self._plans: dict[Operation, Plan] = {}
        self._uses: WeakKeyDictionary[Operation, int] = WeakKeyDictionary()
        """The number of requests of each operation, up to `PLANNED_AT_USES`. After that it has its plan, or can't have one."""
        self._droppable: deque[Operation] = deque()
        """The operations of untrusted documents that have a plan, oldest first."""
        self._fields = 0
        """How many fields the plans of those have together."""
        self.get: Callable[[Operation], Plan | None] = self._plans.get
        """The plan of an operation, if it has one now."""

    def is_new(self, operation: Operation) -> bool:
        """True if no use of the operation was counted since it last had a plan."""
        return operation not in self._uses

    def count_use(self, operation: Operation, at_once: bool = False) -> bool:
        """Count one use. True: the operation is to be planned now, with `build` and then `add`.

        With `at_once` that is so at the first use.
        """
        uses = self._uses.get(operation, 0)
        if uses >= PLANNED_AT_USES:
            return False
        uses = self._uses[operation] = PLANNED_AT_USES if at_once else uses + 1
        return uses == PLANNED_AT_USES

    def forget_uses(self, operation: Operation) -> None:
        """Begin to count again: the plan could not be built now."""
        self._uses.pop(operation, None)

    def build(self, operation: Operation) -> Plan | None:
        """Build the operation's plan. Changes nothing here, so it may run on another thread."""
        try:
            return (_trusted_plan_of if operation.is_trusted else plan_of)(operation, self._schema)
        except Exception:
            # A bug in the planner. The client gets its answer without a plan.
            log.exception("an operation could not be planned, graphql-core executes it")
            return None

    def add(self, operation: Operation, plan: Plan | None) -> None:
        """Keep the operation's plan: that of a trusted document until the process ends. Of the others, drop the oldest ones past
        the limits."""
        if plan is None:
            return
        self._plans[operation] = plan
        if operation.is_trusted:
            return
        self._droppable.append(operation)
        self._fields += plan.fields
        while len(self._droppable) > self._limits.plans_max or self._fields > self._limits.fields_max:
            oldest = self._droppable.popleft()
            self._fields -= self._plans.pop(oldest).fields
            self._uses.pop(oldest, None)

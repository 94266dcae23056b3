"""From a validated operation to its plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import (
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLSchema,
    OperationType,
    get_nullable_type,
    is_list_type,
)

from lobby.operations.plans.arguments import arguments_of
from lobby.operations.plans.kept import KeptTexts
from lobby.operations.plans.own import is_usual, resolver_of, strawberry_field
from lobby.operations.plans.plan import Plan, RootField
from lobby.operations.plans.selection import ALWAYS, SelectedField, Selections
from lobby.operations.plans.uncovered import Uncovered
from lobby.operations.plans.variables import is_told_by_repr, variables_reader
from lobby.operations.plans.writer import Writer, Written
from lobby.operations.prepared import PreparedOperation


def plan_of(operation: PreparedOperation, schema: strawberry.Schema, kept: KeptTexts | None = None) -> Plan | None:
    """The plan, which keeps its texts in `kept`; None where graphql-core is needed from the start."""
    try:
        return _plan(operation, schema, kept or KeptTexts())
    except Uncovered:
        return None


def _plan(operation: PreparedOperation, schema: strawberry.Schema, kept: KeptTexts) -> Plan:
    core = schema._schema
    root_type = core.get_root_type(operation.kind)
    if root_type is None or operation.definition.directives or not is_usual(schema):
        raise Uncovered
    fragments = {
        node.name.value: node for node in operation.document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    selections = Selections(core, fragments)
    selected = selections.of(root_type, [(operation.definition.selection_set, ALWAYS)])
    if operation.kind is OperationType.SUBSCRIPTION and (len(selected) != 1 or selected[0].condition):
        raise Uncovered
    if any(field.node.name.value.startswith("__") for field in selected):
        raise Uncovered
    writer = Writer(schema, selections, kept)
    fields = [(field, root_type.fields[field.node.name.value]) for field in selected]
    written = [writer.value(core_field.type, field.parts) for field, core_field in fields]
    shared = _shared(operation, core, writer, fields)
    functions = writer.functions()
    return Plan(
        variables_reader(core, operation.definition, selections.conditions),
        [
            _root(field, core_field, one, functions[one.name], schema)
            for (field, core_field), one in zip(fields, written, strict=True)
        ],
        {class_: functions[one.name] for class_, one in shared.items()},
        tuple(sorted(writer.variables_read)),
        writer.fields,
    )


def _shared(
    operation: PreparedOperation, core: GraphQLSchema, writer: Writer, fields: list[tuple[SelectedField, GraphQLField]]
) -> dict[Callable[..., object], Written]:
    """The functions whose results all have in common who follow the same with the same variables."""
    if operation.kind is not OperationType.SUBSCRIPTION:
        return {}
    if not all(is_told_by_repr(core, operation.definition, name) for name in writer.variables_read):
        return {}
    [(field, core_field)] = fields
    if is_list_type(get_nullable_type(core_field.type)):
        return {}
    members = writer.members(core_field.type, field.parts)
    return {class_: one for class_, one in members.items() if not one.asks_who and not one.is_async}


def _root(
    field: SelectedField,
    core_field: GraphQLField,
    written: Written,
    complete: Callable[..., Any],
    schema: strawberry.Schema,
) -> RootField:
    own = strawberry_field(core_field)
    resolver = own.base_resolver
    if resolver is None or resolver.self_parameter or resolver.root_parameter or resolver.parent_parameter:
        raise Uncovered
    return RootField(
        key=field.key,
        name=field.node.name.value,
        nodes=field.nodes,
        condition=field.condition,
        resolve=resolver_of(own),
        info_name=resolver.info_parameter.name if resolver.info_parameter is not None else None,
        is_async=resolver.is_async,
        arguments=arguments_of(field.node, core_field, own, schema),
        complete=complete,
        is_complete_async=written.is_async,
    )

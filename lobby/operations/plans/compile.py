"""From a validated operation to its plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import FragmentDefinitionNode, GraphQLObjectType, OperationType

from lobby.operations.plans.arguments import arguments_of
from lobby.operations.plans.plan import Plan, RootField
from lobby.operations.plans.selection import ALWAYS, SelectedField, select
from lobby.operations.plans.uncovered import Uncovered
from lobby.operations.plans.variables import variables_reader
from lobby.operations.plans.writer import Writer, Written, strawberry_field
from lobby.operations.prepared import PreparedOperation


def plan_of(operation: PreparedOperation, schema: strawberry.Schema) -> Plan | None:
    """The plan; None where graphql-core is needed from the start."""
    try:
        return _plan(operation, schema)
    except Uncovered:
        return None


def _plan(operation: PreparedOperation, schema: strawberry.Schema) -> Plan:
    core = schema._schema
    root_type = core.get_root_type(operation.kind)
    if root_type is None or operation.definition.directives:
        raise Uncovered
    fragments = {
        node.name.value: node for node in operation.document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    selected = select(core, fragments, root_type, [(operation.definition.selection_set, ALWAYS)])
    if operation.kind is OperationType.SUBSCRIPTION and (len(selected) != 1 or selected[0].condition):
        raise Uncovered
    if any(field.node.name.value.startswith("__") for field in selected):
        raise Uncovered
    writer = Writer(schema, fragments)
    types = [root_type.fields[field.node.name.value].type for field in selected]
    written = [writer.value(type_, field.parts) for type_, field in zip(types, selected, strict=True)]
    functions = writer.functions()
    roots = [
        _root(field, one, functions[one.name], root_type, schema) for field, one in zip(selected, written, strict=True)
    ]
    shared = {
        class_: functions[one.name]
        for type_, field in zip(types, selected, strict=True)
        for class_, one in writer.members(type_, field.parts).items()
        if not one.asks_who and not one.is_async
    }
    return Plan(variables_reader(core, operation.definition), roots, shared, tuple(sorted(writer.variables_read)))


def _root(
    field: SelectedField,
    written: Written,
    complete: Callable[..., Any],
    root_type: GraphQLObjectType,
    schema: strawberry.Schema,
) -> RootField:
    name = field.node.name.value
    own = strawberry_field(root_type.fields[name])
    resolver = own.base_resolver
    if resolver is None or resolver.self_parameter or resolver.root_parameter or resolver.parent_parameter:
        raise Uncovered
    return RootField(
        key=field.key,
        name=name,
        condition=field.condition,
        resolve=resolver._unbound_wrapped_func,
        info_name=resolver.info_parameter.name if resolver.info_parameter is not None else None,
        is_async=resolver.is_async,
        arguments=arguments_of(field.node, root_type.fields[name], own, schema),
        complete=complete,
        is_complete_async=written.is_async,
    )

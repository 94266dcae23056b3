"""An operation's variables: from what the request sends to what its selections read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_nullable_type,
    is_input_type,
    is_non_null_type,
    type_from_ast,
)

from lobby.operations.plans.coercion import Coerce, coercer
from lobby.operations.plans.literals import Literal, literal
from lobby.operations.plans.uncovered import Uncovered

Variables = dict[str, Any]
"""Coerced values by name. A variable that was left out and has no default is not there."""

ReadVariables = Callable[[Mapping[str, Any] | None], Variables]
"""Reads a request's variables; raises `Uncovered` for what is not plainly right."""


def variables_reader(
    schema: GraphQLSchema, operation: OperationDefinitionNode, conditions: Collection[str] = ()
) -> ReadVariables:
    """The function that reads a request's variables. `conditions`: those that @skip and @include read."""
    read = [_variable(schema, definition, conditions) for definition in operation.variable_definitions or ()]

    def reader(sent: Mapping[str, Any] | None) -> Variables:
        sent = sent or {}
        variables: Variables = {}
        for name, coerce, default, is_required in read:
            if name in sent:
                variables[name] = coerce(sent[name])
            elif default is not None:
                variables[name] = default()
            elif is_required:
                raise Uncovered
        return variables

    return reader


def is_told_by_repr(schema: GraphQLSchema, operation: OperationDefinitionNode, name: str) -> bool:
    """Whether two values of the variable are the same where they look the same, and it always has a short one."""
    [definition] = [each for each in operation.variable_definitions or () if each.variable.name.value == name]
    type_ = _type(schema, definition)
    plain = get_nullable_type(type_)
    is_always_there = is_non_null_type(type_) or definition.default_value is not None
    return is_always_there and (plain in (GraphQLBoolean, GraphQLInt) or isinstance(plain, GraphQLEnumType))


def _variable(
    schema: GraphQLSchema, definition: VariableDefinitionNode, conditions: Collection[str]
) -> tuple[str, Coerce, Literal | None, bool]:
    name = definition.variable.name.value
    type_: Any = _type(schema, definition)
    default = literal(definition.default_value, type_) if definition.default_value is not None else None
    if name in conditions:
        # Validation lets a variable with a default be nullable there; a null that is sent is an error all the same.
        type_ = GraphQLNonNull(get_nullable_type(type_))
    return name, coercer(type_), default, is_non_null_type(type_)


def _type(schema: GraphQLSchema, definition: VariableDefinitionNode) -> GraphQLInputType:
    type_ = type_from_ast(schema, definition.type)
    assert is_input_type(type_), "validation lets variables have input types only"
    return type_

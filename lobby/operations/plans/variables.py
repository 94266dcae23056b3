"""An operation's variables: from what the request sends to what its selections read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLSchema, OperationDefinitionNode, Undefined, is_non_null_type, type_from_ast
from graphql.utilities.coerce_input_value import coerce_input_literal

from lobby.operations.plans.coercion import Coerce, coercer
from lobby.operations.plans.uncovered import Uncovered

Variables = dict[str, Any]
"""Coerced values by name. A variable that was left out and has no default is not there."""


def variables_reader(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> Callable[[Mapping[str, Any] | None], Variables]:
    """The function that reads a request's variables; it raises `Uncovered` for what is not plainly right."""
    read = [_variable(schema, definition) for definition in operation.variable_definitions or ()]

    def reader(sent: Mapping[str, Any] | None) -> Variables:
        sent = sent or {}
        variables: Variables = {}
        for name, coerce, default, is_required in read:
            if name in sent:
                variables[name] = coerce(sent[name])
            elif default is not Undefined:
                variables[name] = default
            elif is_required:
                raise Uncovered
        return variables

    return reader


def _variable(schema: GraphQLSchema, definition: Any) -> tuple[str, Coerce, object, bool]:
    type_ = type_from_ast(schema, definition.type)
    if type_ is None:
        raise Uncovered
    default: object = Undefined
    if definition.default_value is not None:
        default = coerce_input_literal(definition.default_value, type_)
        if default is Undefined:
            raise Uncovered
    return definition.variable.name.value, coercer(type_), default, is_non_null_type(type_)

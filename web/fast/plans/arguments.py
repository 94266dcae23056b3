"""The arguments of one field: constants made once, variables read at each call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    Node,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    Visitor,
    get_nullable_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
    visit,
)
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.types.field import StrawberryField

from lobby.operations.plans.conversion import Convert, converter
from lobby.operations.plans.literals import literal
from lobby.operations.plans.uncovered import Uncovered
from lobby.operations.plans.variables import Variables

Arguments = Callable[[Variables], dict[str, Any]]
"""The keyword arguments of a resolver, for these variables. Raises `Uncovered`."""

_Read = Callable[[Variables], Any]
"""The coerced value of one argument; `Undefined` where there is none."""


def arguments_of(node: FieldNode, field: GraphQLField, own: StrawberryField, schema: strawberry.Schema) -> Arguments:
    """Raises `Uncovered` for an argument that graphql-core alone can read."""
    given = {argument.name.value: argument for argument in node.arguments or ()}
    name_of = schema.config.name_converter.from_argument
    readers: list[tuple[str, _Read, Convert | None]] = []
    for argument in own.arguments:
        name = name_of(argument)
        read = _reader(given.get(name), field.args[name])
        readers.append((argument.python_name, read, converter(argument.type, schema)))

    def arguments(variables: Variables) -> dict[str, Any]:
        read_now = {}
        for python_name, read, convert in readers:
            value = read(variables)
            if value is not Undefined:
                read_now[python_name] = convert(value) if convert is not None and value is not None else value
        return read_now

    return arguments


def _reader(given: ArgumentNode | None, argument: GraphQLArgument) -> _Read:
    default = Undefined if is_required_argument(argument) else coerce_default_value(argument)
    if given is None:
        return _left_out(default)
    return _value(given.value, argument.type, default)


def _left_out(default: Any) -> _Read:
    return lambda variables: default


def _value(node: ValueNode, type_: GraphQLInputType, default: Any) -> _Read:
    """`default` counts for a variable that has no value; `Undefined`: then there is none."""
    if isinstance(node, VariableNode):
        return _variable(node.name.value, is_non_null_type(type_), default)
    if not variables_of(node):
        return _constant(node, type_)
    plain = get_nullable_type(type_)
    if isinstance(node, ObjectValueNode) and isinstance(plain, GraphQLInputObjectType):
        return _object(node, plain)
    raise Uncovered


def _variable(name: str, is_non_null: bool, default: Any) -> _Read:
    def read(variables: Variables) -> Any:
        value = variables.get(name, default)
        if is_non_null and (value is None or value is Undefined):
            raise Uncovered
        return value

    return read


def _object(node: ObjectValueNode, type_: GraphQLInputObjectType) -> _Read:
    if type_.is_one_of or type_.out_type is not GraphQLInputObjectType.out_type:
        raise Uncovered
    given = {field.name.value: field.value for field in node.fields}
    readers: list[tuple[str, _Read]] = []
    for name, field in type_.fields.items():
        default = Undefined if is_required_input_field(field) else coerce_default_value(field)
        readers.append((name, _value(given[name], field.type, default) if name in given else _left_out(default)))

    def read(variables: Variables) -> dict[str, Any]:
        values = ((name, read_field(variables)) for name, read_field in readers)
        return {name: value for name, value in values if value is not Undefined}

    return read


def _constant(node: ValueNode, type_: GraphQLInputType) -> _Read:
    value = literal(node, type_)
    return lambda variables: value()


def variables_of(node: Node) -> set[str]:
    """The names of the variables in a piece of a document."""
    names: set[str] = set()

    class Finder(Visitor):
        def enter_variable(self, variable: VariableNode, *_: Any) -> None:
            names.add(variable.name.value)

    visit(node, Finder())
    return names

"""The arguments of one field: constants are made once, variables are read at each call.

Coerced values become those that Strawberry's resolvers take: an input object becomes an instance of its class.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import lru_cache
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
from strawberry.relay import GlobalID
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from web.fast.plans import NotPlannable
from web.fast.plans.coercion import Variables, literal

Convert = Callable[[Any], Any]
SCHEMAS_MAX = 8


def converter(type_: Any, schema: strawberry.Schema) -> Convert | None:
    """The conversion to a Strawberry type; None if values stay as they are. Raises `NotPlannable`."""
    known = _known(schema)
    converters = _Converters(schema, known.copy())
    convert = converters.of(type_)
    # Only now: a conversion that failed half-way must not be found again.
    known.update(converters.objects)
    return convert


@lru_cache(SCHEMAS_MAX)
def _known(schema: strawberry.Schema) -> dict[type, Convert]:
    """The conversions to the schema's input types, which plans share."""
    return {}


class _Converters:
    """Makes each conversion once, because input types may contain themselves."""

    def __init__(self, schema: strawberry.Schema, objects: dict[type, Convert]) -> None:
        self._schema = schema
        self.objects = objects

    def of(self, type_: Any) -> Convert | None:
        if isinstance(type_, StrawberryMaybe) or type_ is GlobalID:
            raise NotPlannable
        if isinstance(type_, LazyType):
            return self.of(type_.resolve_type())
        if isinstance(type_, StrawberryOptional):
            convert = self.of(type_.of_type)
            return convert and _optional(convert)
        if isinstance(type_, StrawberryList):
            return _list(self.of(type_.of_type))
        definition = get_object_definition(type_)
        if definition is None:
            return None
        if type_ not in self.objects:
            self.objects[type_] = lambda value: self.objects[type_](value)
            self.objects[type_] = self._object(type_, definition)
        return self.objects[type_]

    def _object(self, class_: type, definition: StrawberryObjectDefinition) -> Convert:
        if definition.from_input is not None or not definition.is_input:
            raise NotPlannable
        name_of = self._schema.config.name_converter.from_field
        fields = [
            (name_of(field), field.python_name, self.of(field.resolve_type(type_definition=definition)))
            for field in definition.fields
        ]
        left_out: dict[str, Any] = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        }

        def convert(value: Any) -> Any:
            given = left_out.copy()
            for name, python_name, convert_field in fields:
                if name in value:
                    part = value[name]
                    given[python_name] = convert_field(part) if convert_field is not None else part
            return class_(**given)

        return convert


def _optional(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _list(convert: Convert | None) -> Convert:
    if convert is None:
        return list
    return lambda value: [convert(item) for item in value]


Arguments = Callable[[Variables], dict[str, Any]]
"""The keyword arguments of a resolver, for these variables. Raises `NotPlannable`."""

_Read = Callable[[Variables], Any]
"""The coerced value of one argument; `Undefined` if it has no value."""


def arguments_of(
    node: FieldNode, field: GraphQLField, definition: StrawberryField, schema: strawberry.Schema
) -> Arguments:
    """The function that makes the arguments. Raises `NotPlannable` for an argument that only graphql-core can read."""
    given = {argument.name.value: argument for argument in node.arguments or ()}
    name_of = schema.config.name_converter.from_argument
    readers: list[tuple[str, _Read, Convert | None]] = []
    for argument in definition.arguments:
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
    """`default` is the value if a variable has none; `Undefined` means that the argument is left out then."""
    if isinstance(node, VariableNode):
        return _variable(node.name.value, is_non_null_type(type_), default)
    if not variables_of(node):
        return _constant(node, type_)
    plain = get_nullable_type(type_)
    if isinstance(node, ObjectValueNode) and isinstance(plain, GraphQLInputObjectType):
        return _object(node, plain)
    raise NotPlannable


def _variable(name: str, is_non_null: bool, default: Any) -> _Read:
    def read(variables: Variables) -> Any:
        value = variables.get(name, default)
        if is_non_null and (value is None or value is Undefined):
            raise NotPlannable
        return value

    return read


def _object(node: ObjectValueNode, type_: GraphQLInputObjectType) -> _Read:
    if type_.is_one_of or type_.out_type is not GraphQLInputObjectType.out_type:
        raise NotPlannable
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

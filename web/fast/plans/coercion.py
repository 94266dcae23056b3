"""Input coercion (specification, section 3): of the variables of requests, one function per type, and of constants in documents.

Each function takes a decoded JSON value and returns the same as graphql-core's `coerce_input_value`. A value that is not clearly
valid raises `NotPlannable`: then graphql-core finds out what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_input_type,
    is_non_null_type,
    is_required_input_field,
    type_from_ast,
)
from graphql.type import is_specified_scalar_type
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal, coerce_input_value

from web.fast.plans import NotPlannable

Variables = dict[str, Any]
"""Coerced values by name. A variable that was left out and has no default is missing."""

ReadVariables = Callable[[Mapping[str, Any] | None], Variables]
"""Reads the variables of a request. Raises `NotPlannable` if one is not clearly valid."""


def variables_reader(
    schema: GraphQLSchema, operation: OperationDefinitionNode, conditions: Collection[str] = ()
) -> ReadVariables:
    """The function that reads the variables of requests. `conditions`: the variables that @skip and @include read."""
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
                raise NotPlannable
        return variables

    return reader


def has_distinct_repr(schema: GraphQLSchema, operation: OperationDefinitionNode, name: str) -> bool:
    """True if equal `repr()`s mean equal values of this variable, and it always has a value with a short one."""
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
        # Validation allows a nullable variable with a default there, but a null that is sent is an error.
        type_ = GraphQLNonNull(get_nullable_type(type_))
    return name, coercer(type_), default, is_non_null_type(type_)


def _type(schema: GraphQLSchema, definition: VariableDefinitionNode) -> GraphQLInputType:
    type_ = type_from_ast(schema, definition.type)
    assert is_input_type(type_), "validation lets variables have input types only"
    return type_


Coerce = Callable[[Any], Any]

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
TYPES_MAX = 1_000
"""Types whose functions are cached, because plans share them."""


def coercer(type_: GraphQLInputType) -> Coerce:
    """The coercion to `type_`. Raises `NotPlannable` for a type that only graphql-core can coerce to."""
    if isinstance(type_, GraphQLNonNull):
        return _not_null(type_.of_type)
    return _nullable(_not_null(type_))


def _not_null(type_: GraphQLInputType) -> Coerce:
    if isinstance(type_, GraphQLList):
        return _list(coercer(type_.of_type))
    if isinstance(type_, GraphQLInputObjectType):
        return _object(type_)
    if isinstance(type_, GraphQLEnumType):
        return _enum(type_)
    assert isinstance(type_, GraphQLScalarType)
    return _SCALARS.get(type_) or _other(type_)


@lru_cache(TYPES_MAX)
def _object(type_: GraphQLInputObjectType) -> Coerce:
    # A value of a recursive type may have any depth: graphql-core decides how deep is too deep.
    if is_recursive(type_) or any(field.out_name for field in type_.fields.values()):
        raise NotPlannable
    if type_.is_one_of or type_.out_type is not GraphQLInputObjectType.out_type:
        return _other(type_)
    return _of_fields({name: (coercer(field.type), _default(field)) for name, field in type_.fields.items()})


def is_recursive(type_: GraphQLInputObjectType) -> bool:
    """True if `type_`, or a type within it, has itself somewhere within."""
    return _has_cycle(type_, ())


def _has_cycle(type_: GraphQLInputObjectType, above: tuple[GraphQLInputObjectType, ...]) -> bool:
    if type_ in above:
        return True
    within = (get_named_type(field.type) for field in type_.fields.values())
    return any(_has_cycle(one, (*above, type_)) for one in within if isinstance(one, GraphQLInputObjectType))


_REQUIRED = object()


def _default(field: GraphQLInputField) -> object:
    """The value of a field that is left out; `Undefined` if the field is then missing in the coerced value too."""
    return _REQUIRED if is_required_input_field(field) else coerce_default_value(field)


def _of_fields(fields: dict[str, tuple[Coerce, object]]) -> Coerce:
    by_name = [
        (name, coerce_field, default, _PLAIN.get(coerce_field)) for name, (coerce_field, default) in fields.items()
    ]

    def coerce(value: Any) -> dict[str, Any]:
        if type(value) is not dict or not value.keys() <= fields.keys():
            raise NotPlannable
        coerced = {}
        for name, coerce_field, default, plain in by_name:
            if name in value:
                given = value[name]
                coerced[name] = given if type(given) is plain else coerce_field(given)
            elif default is _REQUIRED:
                raise NotPlannable
            elif default is not Undefined:
                coerced[name] = default
        return coerced

    return coerce


def _nullable(coerce: Coerce) -> Coerce:
    return lambda value: None if value is None else coerce(value)


def _list(coerce: Coerce) -> Coerce:
    def items(value: Any) -> list[Any]:
        if type(value) is not list:
            raise NotPlannable
        return [coerce(item) for item in value]

    return items


@lru_cache(TYPES_MAX)
def _enum(type_: GraphQLEnumType) -> Coerce:
    by_name = {name: type_.coerce_input_value(name) for name in type_.values}

    def coerce(value: Any) -> Any:
        if type(value) is not str or value not in by_name:
            raise NotPlannable
        return by_name[value]

    return coerce


def _string(value: Any) -> str:
    if type(value) is not str:
        raise NotPlannable
    return value


def _int(value: Any) -> int:
    if type(value) is not int or not INT_MIN <= value <= INT_MAX:
        raise NotPlannable
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise NotPlannable
    return value


_PLAIN: dict[Coerce, type] = {_string: str, _boolean: bool}
"""Values of these classes stay as they are. A coercion is not called for them."""

_SCALARS: dict[GraphQLScalarType, Coerce] = {
    GraphQLString: _string,
    GraphQLID: _string,
    GraphQLInt: _int,
    GraphQLBoolean: _boolean,
}


def _other(type_: GraphQLInputType) -> Coerce:
    def coerce(value: Any) -> Any:
        try:
            coerced = coerce_input_value(value, type_)
        except Exception as error:
            raise NotPlannable from error
        if coerced is Undefined or value is None:
            raise NotPlannable
        return coerced

    return coerce


Literal = Callable[[], Any]
"""The value of a constant."""


def literal(node: ValueNode, type_: GraphQLInputType) -> Literal:
    """The value of a literal without variables. Raises `NotPlannable` for a literal that graphql-core refuses at execution."""
    try:
        coerced = coerce_input_literal(node, type_)
    except Exception as error:
        raise NotPlannable from error
    if coerced is Undefined:
        raise NotPlannable
    if _has_custom_scalar(type_, set()):
        # The conversion to Strawberry's types makes new lists and input objects. But a resolver gets the value of a custom scalar
        # itself, and might change it for later calls.
        return lambda: coerce_input_literal(node, type_)
    return lambda: coerced


def _has_custom_scalar(type_: GraphQLInputType, seen: set[GraphQLInputObjectType]) -> bool:
    named = get_named_type(type_)
    if not isinstance(named, GraphQLInputObjectType):
        return isinstance(named, GraphQLScalarType) and not is_specified_scalar_type(named)
    if named in seen:
        return False
    seen.add(named)
    return any(_has_custom_scalar(field.type, seen) for field in named.fields.values())

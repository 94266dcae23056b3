"""Input values of a request, coerced as the specification says (section 3, "Input Coercion"); one function per type.

Each takes a value as JSON has it and gives what graphql-core's `coerce_input_value` would. What is not plainly right raises
`Uncovered`: graphql-core then says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
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
    GraphQLString,
    Undefined,
    get_named_type,
    is_required_input_field,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

from lobby.operations.plans.uncovered import Uncovered

Coerce = Callable[[Any], Any]

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
TYPES_MAX = 1_000
"""Types whose functions are kept: plans have them in common."""


def coercer(type_: GraphQLInputType) -> Coerce:
    """The coercion to `type_`. Raises `Uncovered` for one that graphql-core alone can coerce to."""
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
    # A value of a type that contains itself may have any depth: how much of it there may be is graphql-core's to say.
    if contains_itself(type_) or any(field.out_name for field in type_.fields.values()):
        raise Uncovered
    if type_.is_one_of or type_.out_type is not GraphQLInputObjectType.out_type:
        return _other(type_)
    return _of_fields({name: (coercer(field.type), _default(field)) for name, field in type_.fields.items()})


def contains_itself(type_: GraphQLInputObjectType) -> bool:
    """Whether `type_`, or a type within it, has itself somewhere within."""
    return _has_circle(type_, ())


def _has_circle(type_: GraphQLInputObjectType, above: tuple[GraphQLInputObjectType, ...]) -> bool:
    if type_ in above:
        return True
    within = (get_named_type(field.type) for field in type_.fields.values())
    return any(_has_circle(one, (*above, type_)) for one in within if isinstance(one, GraphQLInputObjectType))


_REQUIRED = object()


def _default(field: GraphQLInputField) -> object:
    """`Undefined`: the field may be left out, and then is."""
    return _REQUIRED if is_required_input_field(field) else coerce_default_value(field)


def _of_fields(fields: dict[str, tuple[Coerce, object]]) -> Coerce:
    by_name = list(fields.items())

    def coerce(value: Any) -> dict[str, Any]:
        if type(value) is not dict or not value.keys() <= fields.keys():
            raise Uncovered
        coerced = {}
        for name, (coerce_field, default) in by_name:
            if name in value:
                coerced[name] = coerce_field(value[name])
            elif default is _REQUIRED:
                raise Uncovered
            elif default is not Undefined:
                coerced[name] = default
        return coerced

    return coerce


def _nullable(coerce: Coerce) -> Coerce:
    return lambda value: None if value is None else coerce(value)


def _list(coerce: Coerce) -> Coerce:
    def items(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Uncovered
        return [coerce(item) for item in value]

    return items


@lru_cache(TYPES_MAX)
def _enum(type_: GraphQLEnumType) -> Coerce:
    by_name = {name: type_.coerce_input_value(name) for name in type_.values}

    def coerce(value: Any) -> Any:
        if type(value) is not str or value not in by_name:
            raise Uncovered
        return by_name[value]

    return coerce


def _string(value: Any) -> str:
    if type(value) is not str:
        raise Uncovered
    return value


def _int(value: Any) -> int:
    if type(value) is not int or not INT_MIN <= value <= INT_MAX:
        raise Uncovered
    return value


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise Uncovered
    return value


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
            raise Uncovered from error
        if coerced is Undefined or value is None:
            raise Uncovered
        return coerced

    return coerce

"""Input values of a request, coerced as the specification says (section 3, "Input Coercion"); one function per type.

Each takes a value as JSON has it and gives what graphql-core's `coerce_input_value` would. What is not plainly right raises
`Uncovered`: graphql-core then says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
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
    is_required_input_field,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

from lobby.operations.plans.uncovered import Uncovered

Coerce = Callable[[Any], Any]

INT_MIN, INT_MAX = -(2**31), 2**31 - 1


def coercer(type_: GraphQLInputType) -> Coerce:
    """The coercion to `type_`."""
    return _Coercers().of(type_)


class _Coercers:
    """Input types may contain themselves, so each object type is made once and found again."""

    def __init__(self) -> None:
        self._objects: dict[GraphQLInputObjectType, Coerce] = {}

    def of(self, type_: GraphQLInputType) -> Coerce:
        if isinstance(type_, GraphQLNonNull):
            return self._not_null(type_.of_type)
        return _nullable(self._not_null(type_))

    def _not_null(self, type_: GraphQLInputType) -> Coerce:
        if isinstance(type_, GraphQLList):
            return _list(self.of(type_.of_type))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        if isinstance(type_, GraphQLEnumType):
            return _enum(type_)
        assert isinstance(type_, GraphQLScalarType)
        return _SCALARS.get(type_) or _other(type_)

    def _object(self, type_: GraphQLInputObjectType) -> Coerce:
        if type_.is_one_of or type_.out_type is not GraphQLInputObjectType.out_type:
            return _other(type_)
        if any(field.out_name for field in type_.fields.values()):
            raise Uncovered
        if type_ not in self._objects:
            self._objects[type_] = lambda value: self._objects[type_](value)
            fields = {name: (self.of(field.type), _default(field)) for name, field in type_.fields.items()}
            self._objects[type_] = _object(fields)
        return self._objects[type_]


_REQUIRED = object()


def _default(field: GraphQLInputField) -> object:
    """`Undefined`: the field may be left out, and then is."""
    return _REQUIRED if is_required_input_field(field) else coerce_default_value(field)


def _object(fields: dict[str, tuple[Coerce, object]]) -> Coerce:
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
        coerced = coerce_input_value(value, type_)
        if coerced is Undefined or value is None:
            raise Uncovered
        return coerced

    return coerce

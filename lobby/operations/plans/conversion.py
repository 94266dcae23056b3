"""Coerced values as Strawberry's resolvers take them: input objects as instances of their classes; one function per type."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import strawberry
from strawberry.relay import GlobalID
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.lazy_type import LazyType

from lobby.operations.plans.uncovered import Uncovered

Convert = Callable[[Any], Any]
SCHEMAS_MAX = 8


def converter(type_: Any, schema: strawberry.Schema) -> Convert | None:
    """The conversion to a Strawberry type; None where values stay as they are. Raises `Uncovered`."""
    known = _known(schema)
    making = _Converters(schema, known.copy())
    convert = making.of(type_)
    # Only now: what is given up half-way must not be found again.
    known.update(making.objects)
    return convert


@lru_cache(SCHEMAS_MAX)
def _known(schema: strawberry.Schema) -> dict[type, Convert]:
    """The conversions to the schema's input types: plans have them in common."""
    return {}


class _Converters:
    """Input types may contain themselves, so each is made once and found again."""

    def __init__(self, schema: strawberry.Schema, objects: dict[type, Convert]) -> None:
        self._schema = schema
        self.objects = objects

    def of(self, type_: Any) -> Convert | None:
        if isinstance(type_, StrawberryMaybe) or type_ is GlobalID:
            raise Uncovered
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
            raise Uncovered
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

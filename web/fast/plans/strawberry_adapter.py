"""Strawberry's definitions behind a schema's types and fields; those alone that a plan can do the work of."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isasyncgenfunction
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from lobby.operations.plans.uncovered import Uncovered

_BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF


def is_usual(schema: strawberry.Schema) -> bool:
    """Whether the schema leaves attributes and exceptions as they are."""
    return schema.config.default_resolver is getattr and not schema.exception_handlers


def strawberry_field(core: GraphQLField) -> StrawberryField:
    """The definition of a field without anything around its resolver. Raises `Uncovered`."""
    own = core.extensions.get(_BACKREF)
    if not isinstance(own, StrawberryField) or own.extensions or own.directives:
        raise Uncovered
    return own


def resolver_of(own: StrawberryField) -> Callable[..., Any]:
    """The function behind a field that has one. Raises `Uncovered` for one that makes its list item by item, in time."""
    assert own.base_resolver is not None
    # What Strawberry calls: a static or a class method has been bound to its class by now.
    function: Any = own.base_resolver.wrapped_func
    if not callable(function) or (isasyncgenfunction(function) and not own.is_subscription):
        raise Uncovered
    return function  # type: ignore[no-any-return]


def class_of(type_: GraphQLObjectType) -> Callable[..., object]:
    """The class whose instances are of that type for certain. Raises `Uncovered` where there is none."""
    definition = type_.extensions.get(_BACKREF)
    origin: Any = getattr(definition, "origin", None)
    if not isinstance(origin, type) or getattr(definition, "is_type_of", None) is not None:
        raise Uncovered
    if issubclass(origin, Exception) or hasattr(origin, "__await__"):
        raise Uncovered
    return origin


def has_usual_types(type_: Any) -> bool:
    """Whether an interface or union tells its types by their classes."""
    return getattr(type_.extensions.get(_BACKREF), "resolve_type", None) is None

"""Strawberry's definitions of a schema's types and fields, as far as plans cover them."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isasyncgenfunction
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLObjectType
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from web.fast.plans import NotPlannable

_BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF


def uses_defaults(schema: strawberry.Schema) -> bool:
    """True if the schema reads attributes and handles exceptions in the default way."""
    return schema.config.default_resolver is getattr and not schema.exception_handlers


def strawberry_field(core: GraphQLField) -> StrawberryField:
    """The definition of a field. Raises `NotPlannable` if extensions or directives change what its resolver does."""
    definition = core.extensions.get(_BACKREF)
    if not isinstance(definition, StrawberryField) or definition.extensions or definition.directives:
        raise NotPlannable
    return definition


def resolver_of(definition: StrawberryField) -> Callable[..., Any]:
    """The function of a field that has a resolver. Raises `NotPlannable` for an asynchronous generator that makes a list."""
    assert definition.base_resolver is not None
    # The function that Strawberry calls: static and class methods are bound to their class already.
    function: Any = definition.base_resolver.wrapped_func
    if not callable(function) or (isasyncgenfunction(function) and not definition.is_subscription):
        raise NotPlannable
    return function  # type: ignore[no-any-return]


def class_of(type_: GraphQLObjectType) -> Callable[..., object]:
    """The class whose instances always have that type. Raises `NotPlannable` if there is no such class."""
    definition = type_.extensions.get(_BACKREF)
    origin: Any = getattr(definition, "origin", None)
    if not isinstance(origin, type) or getattr(definition, "is_type_of", None) is not None:
        raise NotPlannable
    if issubclass(origin, Exception) or hasattr(origin, "__await__"):
        raise NotPlannable
    return origin


def resolves_types_by_class(type_: Any) -> bool:
    """True if an interface or union finds the type of a value by its class."""
    return getattr(type_.extensions.get(_BACKREF), "resolve_type", None) is None

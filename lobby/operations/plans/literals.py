"""Constant values in a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLScalarType,
    Undefined,
    ValueNode,
    get_named_type,
)
from graphql.type import is_specified_scalar_type
from graphql.utilities.coerce_input_value import coerce_input_literal

from lobby.operations.plans.uncovered import Uncovered

Literal = Callable[[], Any]
"""The value of a constant."""


def literal(node: ValueNode, type_: GraphQLInputType) -> Literal:
    """The value of a literal without variables. Raises `Uncovered` for what graphql-core refuses when it runs."""
    try:
        coerced = coerce_input_literal(node, type_)
    except Exception as error:
        raise Uncovered from error
    if coerced is Undefined:
        raise Uncovered
    if _has_custom_scalar(type_, set()):
        # Lists and input objects are made anew by the conversion to Strawberry's types. What a custom scalar is read as is
        # handed to the resolver itself, which might change it for the calls to come.
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

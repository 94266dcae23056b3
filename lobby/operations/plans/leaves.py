"""Leaf values as the response has them; one expression per type, for the usual case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLBoolean, GraphQLEnumType, GraphQLID, GraphQLInt, GraphQLScalarType, GraphQLString

_CHECKS: dict[GraphQLScalarType, str] = {
    GraphQLString: "type({v}) is str",
    GraphQLID: "type({v}) is str",
    GraphQLBoolean: "({v} is True or {v} is False)",
    GraphQLInt: "type({v}) is int and -2147483648 <= {v} <= 2147483647",
}
"""When a value is what it will be in the response; others are for the type's own coercion."""


def leaf(type_: GraphQLScalarType | GraphQLEnumType, value: str, bind: Callable[[object], str]) -> str:
    """The expression for the value of the variable `value`, which is not None. `bind` gives an object a name in the code."""
    if isinstance(type_, GraphQLEnumType):
        return f"{bind(_names(type_))}[{value}]"
    check = _CHECKS.get(type_)
    coerce = bind(type_.coerce_output_value)
    return f"{value} if {check.format(v=value)} else {coerce}({value})" if check else f"{coerce}({value})"


def _names(type_: GraphQLEnumType) -> dict[Any, str]:
    """From a member to its name."""
    return {type_.coerce_input_value(name): name for name in type_.values}

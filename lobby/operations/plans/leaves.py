"""Leaf values as the response has them; one expression per type, for the usual case."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)

from lobby.operations.plans.coercion import TYPES_MAX
from lobby.operations.plans.uncovered import Uncovered

_CHECKS: dict[object, str] = {
    GraphQLString: "type({first}) is str",
    GraphQLID: "type({first}) is str",
    GraphQLBoolean: "type({first}) is bool",
    GraphQLInt: "type({first}) is int and -2147483648 <= {v} <= 2147483647",
}
"""When a value is what it will be in the response; others are for the type's own coercion."""

_PLAIN = frozenset({str, int, float, bool, list, dict, tuple})


def leaf(
    type_: GraphQLScalarType | GraphQLEnumType,
    first: str,
    v: str,
    is_nullable: bool,
    bind: Callable[[object], str],
) -> str:
    """The expression for the value of the variable `v`, which is what `first` gives; it raises for one that is not usual.

    `bind` gives an object a name in the code.
    """
    coerced = (
        f"{bind(_names(type_))}[id({{}})]" if isinstance(type_, GraphQLEnumType) else f"{bind(_coerced(type_))}({{}})"
    )
    check = _CHECKS.get(type_)
    if check is not None:
        or_none = f" or {v} is None" if is_nullable else ""
        return f"{v} if {check.format(first=first, v=v)}{or_none} else {coerced.format(v)}"
    return f"None if {first} is None else {coerced.format(v)}" if is_nullable else coerced.format(first)


@lru_cache(TYPES_MAX)
def _names(type_: GraphQLEnumType) -> dict[int, str]:
    """From a member's id to its name. A member is there once and for good, and its own hash would be Python code."""
    return {id(type_.coerce_input_value(name)): name for name in type_.values}


@lru_cache(TYPES_MAX)
def _coerced(type_: GraphQLScalarType) -> Callable[[Any], Any]:
    """The type's own coercion. What graphql-core would not hand to it, or not take from it, is not covered."""
    coerce = type_.coerce_output_value

    def coerced(value: Any) -> Any:
        if value is None or (type(value) not in _PLAIN and _is_special(value)):
            raise Uncovered
        written = coerce(value)
        if written is None or written is Undefined:
            raise Uncovered
        return written

    return coerced


def _is_special(value: Any) -> bool:
    """Whether it stands for something else: an error to raise, a value to wait for, none at all."""
    return isinstance(value, Exception) or value is Undefined or hasattr(type(value), "__await__")

"""Values of input types: as literals of a document, and as JSON for its variables, right or wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_nullable_type,
    is_required_input_field,
)

from tests.web.fast.plans.generated.choices import Choices
from tests.web.fast.plans.generated.taste import Taste

DEEPEST = 4
"""Levels of objects and lists in a value."""
WRONG: tuple[object, ...] = (None, "text", 7, 1.5, True, [], {}, 2**31, -(2**40), 1e30, [None], {"x": 1}, [[1]], "RED")

VariableFor = Callable[[GraphQLInputType, bool], str | None]
"""A variable for a place of that type, which has a default or not; None for no variable there."""


class InputValues:
    """Values of any input type."""

    def __init__(self, choices: Choices, taste: Taste) -> None:
        self._choices = choices
        self._taste = taste

    def literal(
        self, type_: GraphQLInputType, variable_for: VariableFor, has_default: bool = False, depth: int = 0
    ) -> str:
        """A literal, which may be or contain a variable."""
        variable = variable_for(type_, has_default)
        if variable is not None:
            return f"${variable}"
        if not isinstance(type_, GraphQLNonNull) and self._choices.chance(12):
            return "null"
        plain: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(plain, GraphQLList):
            return self._list_literal(plain, variable_for, depth)
        if isinstance(plain, GraphQLInputObjectType):
            return self._object_literal(plain, variable_for, depth)
        return self._leaf_literal(plain)

    def _list_literal(self, type_: GraphQLList[Any], variable_for: VariableFor, depth: int) -> str:
        if self._choices.chance(15):
            item = GraphQLNonNull(get_nullable_type(type_.of_type))
            return self.literal(item, no_variable, depth=depth + 1)  # A single item stands for a list of it.
        most = 3 if depth < DEEPEST else 0
        # Variables in lists are nothing that a plan covers, so they are rare.
        within = variable_for if self._choices.chance(60) else no_variable
        items = [self.literal(type_.of_type, within, depth=depth + 1) for _ in range(self._choices.number(0, most))]
        return f"[{', '.join(items)}]"

    def _object_literal(self, type_: GraphQLInputObjectType, variable_for: VariableFor, depth: int) -> str:
        fields = [
            f"{name}: {self.literal(field.type, variable_for, not is_required_input_field(field), depth + 1)}"
            for name, field in type_.fields.items()
            if is_required_input_field(field) or self._wants(depth)
        ]
        return f"{{{', '.join(fields)}}}"

    def _leaf_literal(self, type_: Any) -> str:
        if isinstance(type_, GraphQLEnumType):
            return str(self._choices.one(list(type_.values)))
        value = self._choices.one(self._taste.literals(type_.name))
        if isinstance(value, str) and '"' not in value and "\\" not in value and self._choices.chance(5):
            return f'"""{value}"""'
        return as_literal(value)

    def json(self, type_: GraphQLInputType, depth: int = 0) -> object:
        """A right value for a variable."""
        if not isinstance(type_, GraphQLNonNull) and self._choices.chance(12):
            return None
        plain: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(plain, GraphQLList):
            most = 3 if depth < DEEPEST else 0
            return [self.json(plain.of_type, depth + 1) for _ in range(self._choices.number(0, most))]
        if isinstance(plain, GraphQLInputObjectType):
            return {
                name: self.json(field.type, depth + 1)
                for name, field in plain.fields.items()
                if is_required_input_field(field) or self._wants(depth)
            }
        if isinstance(plain, GraphQLEnumType):
            return self._choices.one(list(plain.values))
        return self._choices.one(self._taste.json(plain.name))

    def wrong(self, value: object) -> object:
        """Something else in place of `value` or of a part of it; by chance it is right too."""
        if isinstance(value, dict) and self._choices.chance(75):
            return self._wrong_object(value)
        if isinstance(value, list) and value and self._choices.chance(75):
            at = self._choices.number(0, len(value) - 1)
            return [*value[:at], self.wrong(value[at]), *value[at + 1 :]]
        return self._choices.one(WRONG)

    def _wrong_object(self, value: dict[str, object]) -> dict[str, object]:
        if not value or self._choices.chance(20):
            return value | {"unknown": 1}
        name = self._choices.one(list(value))
        if self._choices.chance(30):
            return {key: part for key, part in value.items() if key != name}
        return value | {name: self.wrong(value[name])}

    def _wants(self, depth: int) -> bool:
        """True if to give what may be left out."""
        return depth < DEEPEST and self._choices.chance(40 - 10 * depth)


def as_literal(value: object) -> str:
    """A JSON value as GraphQL writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {as_literal(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_literal(part) for part in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def no_variable(_type: GraphQLInputType, _has_default: bool) -> None:
    return None

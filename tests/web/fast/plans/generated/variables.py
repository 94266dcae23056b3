"""The variables of a document: each is declared for the first place that uses it, and used again where that may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLInputType, GraphQLNonNull, is_non_null_type

from tests.web.fast.plans.generated.choices import Choices
from tests.web.fast.plans.generated.input_values import InputValues, no_variable

NAMES = ("a", "id", "class", "None", "run", "o", "v", "r", "__import__", "variables", "self", "x" * 90)
"""Names that Python or the code of a plan has a meaning for."""


@dataclass(frozen=True, slots=True)
class Declared:
    name: str
    type: Any
    default: str | None

    @property
    def text(self) -> str:
        return f"${self.name}: {self.type}" + (f" = {self.default}" if self.default is not None else "")


class DeclaredVariables:
    """All operations of a document declare a variable alike."""

    def __init__(self, choices: Choices, values: InputValues) -> None:
        self._choices = choices
        self._values = values
        self.by_name: dict[str, Declared] = {}

    def variable_for(self, type_: GraphQLInputType, has_default: bool) -> str:
        """One for a place of that type; `has_default`: the place may then be left out."""
        fitting = [known.name for known in self.by_name.values() if _fits(known, type_, has_default)]
        if fitting and self._choices.chance(60):
            return self._choices.one(fitting)
        return self._declare(type_, has_default)

    def _declare(self, type_: GraphQLInputType, has_default: bool) -> str:
        name = self._choices.one(NAMES)
        if name in self.by_name:
            name = f"v{len(self.by_name)}"
        declared, default = self._type(type_, has_default)
        self.by_name[name] = Declared(name, declared, default)
        return name

    def _type(self, type_: GraphQLInputType, has_default: bool) -> tuple[GraphQLInputType, str | None]:
        """A type, with a default or without, that may be used in that place (specification, section 5.8.5)."""
        if isinstance(type_, GraphQLNonNull):
            if self._choices.chance(20):
                return type_.of_type, self._values.literal(type_, no_variable)
            if has_default and self._choices.chance(40):
                return type_.of_type, None
            declared: GraphQLInputType = type_
        else:
            declared = GraphQLNonNull(type_) if self._choices.chance(30) else type_
        return declared, self._values.literal(declared, no_variable) if self._choices.chance(25) else None


def _fits(known: Declared, type_: GraphQLInputType, has_default: bool) -> bool:
    if str(known.type) == str(type_) or str(known.type) == f"{type_}!":
        return True
    if not is_non_null_type(type_) or f"{known.type}!" != str(type_):
        return False
    return has_default or known.default not in (None, "null")

"""Selection sets: fields, fragments, aliases, directives, and the same keys again, so that they can be merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_required_argument,
)

from tests.web.fast.plans.generated.choices import Choices
from tests.web.fast.plans.generated.input_values import InputValues
from tests.web.fast.plans.generated.taste import Taste
from tests.web.fast.plans.generated.variables import DeclaredVariables

LEVELS_MAX = 6
NESTING_MAX = 4
"""Levels of fragments within fragments."""
FIELDS_MAX = 30
"""Fields of a document. A fragment counts each time that it is spread."""
ALIASES = (
    "a",
    "b",
    "r",
    "o",
    "v",
    "run",
    "class",
    "None",
    "items",
    "null",
    "__import__",
    "f0",
    "b2",
    "_" * 3,
    "y" * 90,
)
"""Names that Python or the code of a plan has a meaning for."""


@dataclass(slots=True)
class Uses:
    """The features of a selection set, with those of its fragments."""

    variables: set[str] = field(default_factory=set)
    spreads: set[str] = field(default_factory=set)
    fields: int = 0
    levels: int = 0

    def add(self, other: Uses, levels: int = 0) -> None:
        self.variables |= other.variables
        self.spreads |= other.spreads
        self.fields += other.fields
        self.levels = max(self.levels, levels + other.levels)


@dataclass(frozen=True, slots=True)
class Keyed:
    """The field of each response key, the same in the whole document, so that equal keys can be merged."""

    field: str
    arguments: str
    signature: str
    """The names of its parameters, and its type."""
    variables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fragment:
    type: Any
    text: str
    uses: Uses


class Selections:
    """Writes the selection sets of one document."""

    def __init__(self, choices: Choices, schema: GraphQLSchema, taste: Taste) -> None:
        self._choices = choices
        self._schema = schema
        self._taste = taste
        self._values = InputValues(choices, taste)
        self.variables = DeclaredVariables(choices, self._values)
        self.fragments: dict[str, Fragment] = {}
        self._keys: dict[str, Keyed] = {}
        self._fields = 0
        self._nesting = 0

    def of(self, type_: Any, level: int, most: int = 4) -> tuple[str, Uses]:
        """A selection set on `type_`, in braces."""
        uses = Uses()
        count = self._choices.number(1, most)
        return "{ " + " ".join(self._selection(type_, level, uses) for _ in range(count)) + " }", uses

    def _selection(self, type_: Any, level: int, uses: Uses) -> str:
        has_fields = hasattr(type_, "fields")
        if self._nesting >= NESTING_MAX:
            return self.field(type_, level, uses) if has_fields else self.typename(uses)
        kind = self._choices.number(0, 99)
        # At the root a plan does not cover it, so it is rare there.
        if kind >= (94 if level else 99) or (not has_fields and kind >= 90):
            return self.typename(uses)
        if kind >= 84 or (not has_fields and kind >= 45):
            return self._inline(type_, level, uses)
        if kind >= 72 or not has_fields:
            return self.spread(type_, level, uses)
        return self.field(type_, level, uses)

    def typename(self, uses: Uses) -> str:
        uses.fields += 1
        return "__typename"

    def field(self, type_: Any, level: int, uses: Uses, conditional: bool = True) -> str:
        """One field of an object or interface, with all that belongs to it."""
        name = self._field_name(type_, level)
        if name is None:
            return self.typename(uses)
        self._fields += 1
        definition: GraphQLField = type_.fields[name]
        key, keyed = self._key(name, definition)
        uses.add(Uses(set(keyed.variables), fields=1, levels=1))
        condition = self._condition(uses) if conditional else ""
        alias = "" if key == name else f"{key}: "
        selected = ""
        if is_composite_type(get_named_type(definition.type)):
            selected, inner = self.of(get_named_type(definition.type), level + 1)
            selected = f" {selected}"
            uses.add(inner, levels=1)
        return f"{alias}{name}{keyed.arguments}{condition}{selected}"

    def _field_name(self, type_: Any, level: int) -> str | None:
        names: list[str] = list(type_.fields)
        if level and (level >= LEVELS_MAX or self._fields >= FIELDS_MAX):
            names = [name for name in names if is_leaf_type(get_named_type(type_.fields[name].type))]
        rare = [name for name in names if self._taste.rare(name)]
        usual = [name for name in names if not self._taste.rare(name)]
        if rare and (not usual or self._choices.chance(4)):
            return self._choices.one(rare)
        return self._choices.one(usual) if usual else None

    def _key(self, name: str, definition: GraphQLField) -> tuple[str, Keyed]:
        signature = f"({', '.join(definition.args)}): {definition.type}"
        again = [item for item in self._keys.items() if item[1].field == name and item[1].signature == signature]
        if again and self._choices.chance(35):
            return self._choices.one(again)
        arguments, variables = self._arguments(definition)
        keyed = Keyed(name, arguments, signature, frozenset(variables))
        key = self._choices.one(ALIASES) if self._choices.chance(20) else name
        while self._keys.setdefault(key, keyed) != keyed:
            key = f"k{len(self._keys)}"
        return key, keyed

    def _arguments(self, definition: GraphQLField) -> tuple[str, set[str]]:
        used: set[str] = set()

        def variable_for(type_: Any, has_default: bool) -> str | None:
            if not self._choices.chance(45):
                return None
            variable = self.variables.variable_for(type_, has_default)
            used.add(variable)
            return variable

        given = [
            f"{name}: {self._values.literal(argument.type, variable_for, not is_required_argument(argument))}"
            for name, argument in definition.args.items()
            if is_required_argument(argument) or self._choices.chance(35)
        ]
        return f"({', '.join(given)})" if given else "", used

    def _condition(self, uses: Uses) -> str:
        if not self._choices.chance(7):
            return ""
        directives = self._choices.one(["@include", "@skip", "@include @skip"]).split()
        return "".join(f" {directive}(if: {self._boolean(uses)})" for directive in directives)

    def _boolean(self, uses: Uses) -> str:
        if self._choices.chance(35):
            return self._choices.one(["true", "false"])
        variable = self.variables.variable_for(GraphQLNonNull(GraphQLBoolean), False)
        uses.variables.add(variable)
        return f"${variable}"

    def _inline(self, type_: Any, level: int, uses: Uses) -> str:
        condition = self._choices.one([None, *self._overlapping(type_)])
        directives = self._condition(uses)
        self._nesting += 1
        selected, inner = self.of(condition or type_, level, most=3)
        self._nesting -= 1
        uses.add(inner)
        return f"...{f' on {condition}' if condition else ''}{directives} {selected}"

    def spread(self, type_: Any, level: int, uses: Uses) -> str:
        """A fragment, written for this place or before."""
        overlapping = self._overlapping(type_)
        known = [name for name, fragment in self.fragments.items() if self._fits(fragment, overlapping, level)]
        name = (
            self._choices.one(known) if known and self._choices.chance(50) else self._new_fragment(overlapping, level)
        )
        uses.add(self.fragments[name].uses)
        uses.spreads.add(name)
        self._fields += self.fragments[name].uses.fields
        return f"...{name}{self._condition(uses)}"

    def _new_fragment(self, overlapping: list[Any], level: int) -> str:
        type_ = self._choices.one(overlapping)
        self._nesting += 1
        text, uses = self.of(type_, level)
        self._nesting -= 1
        # A fragment gets its name when it is complete. Its own fragments got theirs before, so there is no cycle.
        name = f"F{len(self.fragments)}"
        self.fragments[name] = Fragment(type_, f"fragment {name} on {type_} {text}", uses)
        self._fields -= uses.fields
        return name

    def _fits(self, fragment: Fragment, overlapping: list[Any], level: int) -> bool:
        is_small = self._fields + fragment.uses.fields < FIELDS_MAX and level + fragment.uses.levels <= LEVELS_MAX
        return is_small and fragment.type in overlapping

    def _overlapping(self, type_: Any) -> list[Any]:
        return overlapping(self._schema, type_)


@lru_cache(maxsize=1_000)
def overlapping(schema: GraphQLSchema, type_: Any) -> list[Any]:
    """The types that something of `type_` may be of too; itself first."""
    mine = possible(schema, type_)
    others = [one for one in schema.type_map.values() if is_composite_type(one) and one is not type_]
    return [type_, *(one for one in others if not one.name.startswith("__") and mine & possible(schema, one))]


def possible(schema: GraphQLSchema, type_: Any) -> set[Any]:
    """The object types that a value of `type_` may have."""
    return set(schema.get_possible_types(type_)) if is_abstract_type(type_) else {type_}

"""Writes the Python of a plan: one function for each selection on an object type.

A function takes the source object and the run, and gives the response's object. It raises, whatever and wherever, when something
is not as usual; then its result is thrown away and graphql-core has its turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from lobby.operations.plans.arguments import arguments_of, variables_of
from lobby.operations.plans.info import PlannedInfo
from lobby.operations.plans.leaves import leaf
from lobby.operations.plans.selection import ALWAYS, Condition, Fragments, Part, SelectedField, select
from lobby.operations.plans.uncovered import Uncovered

FIELDS_MAX = 2_000
"""Fields of all functions of one plan; a document that selects more is left to graphql-core."""

BACKREF = GraphQLCoreConverter.DEFINITION_BACKREF


@dataclass(frozen=True, slots=True)
class Written:
    """A function by its name in the code."""

    name: str
    is_async: bool = False
    asks_who: bool = False
    """Whether a field of the selection takes `info`, and so may depend on who is asking."""


@dataclass(frozen=True, slots=True)
class _Expression:
    """A piece of code, and what its function then is."""

    code: str
    is_async: bool = False
    asks_who: bool = False


class Writer:
    """Collects the functions of one plan. The same selection on the same type is written once."""

    def __init__(self, schema: strawberry.Schema, fragments: Fragments) -> None:
        self._schema = schema
        self._core: GraphQLSchema = schema._schema
        self._fragments = fragments
        self._code: list[str] = []
        self._bound: dict[str, object] = {"items": _items, "null": _null}
        self._fields = 0
        self._objects: dict[object, Written] = {}
        self.variables_read: set[str] = set()
        """Variables that the functions read."""

    def bind(self, value: object) -> str:
        """A name for `value` in the code."""
        name = f"b{len(self._bound)}"
        self._bound[name] = value
        return name

    def functions(self) -> dict[str, Any]:
        """Everything written so far, made into functions, by name."""
        namespace = dict(self._bound)
        # Of a document only names get into the code, and those as string literals.
        exec(compile("\n".join(self._code), "<plan>", "exec"), namespace)  # noqa: S102
        return namespace

    def value(self, type_: GraphQLOutputType, parts: list[Part]) -> Written:
        """The function that completes a value of `type_`, which may be None."""
        return self._value_function(self._completed("o", type_, parts))

    def members(self, type_: GraphQLOutputType, parts: list[Part]) -> dict[Callable[..., object], Written]:
        """The functions for the object types that a value of `type_` may have, by their classes; none for a leaf."""
        named = get_named_type(type_)
        possible = self._core.get_possible_types(named) if is_abstract_type(named) else [named]
        return {_class_of(each): self._object(each, parts) for each in possible if is_object_type(each)}

    def _value_function(self, expression: _Expression) -> Written:
        return self._function([f"return {expression.code}"], expression.is_async, expression.asks_who)

    def _function(self, lines: list[str], is_async: bool, asks_who: bool) -> Written:
        name = f"f{len(self._code)}"
        head = f"{'async ' if is_async else ''}def {name}(o, run):"
        self._code.append("\n    ".join([head, *lines]))
        return Written(name, is_async, asks_who)

    def _object(self, type_: GraphQLObjectType, parts: list[Part]) -> Written:
        key = (type_.name, tuple((id(selection_set), condition) for selection_set, condition in parts))
        if key not in self._objects:
            fields = select(self._core, self._fragments, type_, parts)
            written = [(field, self._field(type_, field)) for field in fields]
            lines = [line for field, one in written for line in _under(field.condition, one.code)]
            self.variables_read.update(name for field in fields for name, _ in field.condition)
            is_async, asks_who = any(one.is_async for _, one in written), any(one.asks_who for _, one in written)
            self._objects[key] = self._function(["r = {}", *lines, "return r"], is_async, asks_who)
        return self._objects[key]

    def _field(self, type_: GraphQLObjectType, field: SelectedField) -> _Expression:
        """The lines that add one field to the response `r`."""
        self._fields += 1
        if self._fields > FIELDS_MAX:
            raise Uncovered
        name = field.node.name.value
        if name == "__typename":
            return _Expression(f"r[{field.key!r}] = {type_.name!r}")
        if name.startswith("__"):
            raise Uncovered
        value = self._resolved(type_, field)
        completed = self._completed("v", type_.fields[name].type, field.parts)
        return _either(f"v = {value.code}\nr[{field.key!r}] = {completed.code}", value, completed)

    def _resolved(self, type_: GraphQLObjectType, field: SelectedField) -> _Expression:
        name = field.node.name.value
        core = type_.fields[name]
        own = strawberry_field(core)
        if own.base_resolver is None:
            return _Expression(f"o.{own.python_name}")
        resolver, info = own.base_resolver, own.base_resolver.info_parameter
        given = ["o"] if resolver.self_parameter else []
        sources = {p.name for p in (resolver.parent_parameter, resolver.root_parameter) if p is not None}
        given += [f"{source}=o" for source in sources]
        if info is not None:
            given.append(f"{info.name}={self.bind(PlannedInfo)}({name!r}, run.context)")
        if own.arguments:
            self.variables_read |= variables_of(field.node)
            given.append(f"**{self.bind(arguments_of(field.node, core, own, self._schema))}(run.variables)")
        code = f"{self.bind(resolver._unbound_wrapped_func)}({', '.join(given)})"
        return _Expression(f"await {code}" if resolver.is_async else code, resolver.is_async, info is not None)

    def _completed(self, v: str, type_: GraphQLOutputType, parts: list[Part]) -> _Expression:
        """The value of the variable `v` in the response."""
        if isinstance(type_, GraphQLNonNull):
            present = self._present(v, type_.of_type, parts)
            return _either(f"{present.code} if {v} is not None else null()", present)
        present = self._present(v, type_, parts)
        return _either(f"None if {v} is None else {present.code}", present)

    def _present(self, v: str, type_: GraphQLOutputType, parts: list[Part]) -> _Expression:
        """The same for a value that is not None."""
        if isinstance(type_, GraphQLList):
            item = self._completed(f"{v}i", type_.of_type, parts)
            return _either(f"[{item.code} for {v}i in items({v})]", item)
        if is_leaf_type(type_):
            assert isinstance(type_, GraphQLScalarType | GraphQLEnumType)
            return _Expression(f"({leaf(type_, v, self.bind)})")
        if is_abstract_type(type_):
            return self._abstract(v, self.members(type_, parts))
        assert isinstance(type_, GraphQLObjectType)
        written = self._object(type_, parts)
        return _called(written.name, v, written.is_async, written.asks_who)

    def _abstract(self, v: str, members: dict[Callable[..., object], Written]) -> _Expression:
        """By the value's own class: each object type has one."""
        is_async = any(one.is_async for one in members.values())
        asks_who = any(one.asks_who for one in members.values())
        names = {class_: one.name for class_, one in members.items()}
        if is_async:
            names |= {c: self._awaitable(one).name for c, one in members.items() if not one.is_async}
        table = f"t{len(self._code)}"
        rows = ", ".join(f"{self.bind(class_)}: {name}" for class_, name in names.items())
        self._code.append(f"{table} = {{{rows}}}")
        return _called(f"{table}[type({v})]", v, is_async, asks_who)

    def _awaitable(self, one: Written) -> Written:
        return self._function([f"return {one.name}(o, run)"], True, one.asks_who)


def strawberry_field(core: Any) -> StrawberryField:
    """The definition behind a field; one that plans can call. Raises `Uncovered`."""
    own = core.extensions.get(BACKREF)
    if not isinstance(own, StrawberryField) or own.extensions or own.directives:
        raise Uncovered
    return own


def _under(condition: Condition, code: str) -> list[str]:
    lines = code.split("\n")
    if condition == ALWAYS:
        return lines
    test = " and ".join(f"run.variables[{name!r}] is {wanted}" for name, wanted in sorted(condition))
    return [f"if {test}:", *(f"    {line}" for line in lines)]


def _either(code: str, *parts: _Expression) -> _Expression:
    """`code`, which is made of `parts`."""
    return _Expression(code, any(part.is_async for part in parts), any(part.asks_who for part in parts))


def _called(function: str, v: str, is_async: bool, asks_who: bool) -> _Expression:
    return _Expression(f"{'await ' if is_async else ''}{function}({v}, run)", is_async, asks_who)


def _class_of(type_: GraphQLObjectType) -> Callable[..., object]:
    origin: Callable[..., object] | None = getattr(type_.extensions.get(BACKREF), "origin", None)
    if origin is None:
        raise Uncovered
    return origin


def _items(value: Any) -> Any:
    if type(value) is not list and type(value) is not tuple:
        raise Uncovered
    return value


def _null() -> Any:
    raise Uncovered

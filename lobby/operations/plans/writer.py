"""Writes the Python of a plan: one function for each selection on an object type.

A function takes the source object and the run, and gives the response's object. It raises, whatever and wherever, when something
is not as usual; then its result is thrown away and graphql-core has its turn. Usual are values of the classes that the schema
knows, no others that would do; an object that was `strawberry.cast` to another type than its own is beyond a plan.
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

from lobby.operations.plans.arguments import arguments_of, variables_of
from lobby.operations.plans.info import PlannedInfo
from lobby.operations.plans.kept import KeptTexts, is_lasting
from lobby.operations.plans.leaves import leaf
from lobby.operations.plans.own import class_of, has_usual_types, resolver_of, strawberry_field
from lobby.operations.plans.selection import ALWAYS, Condition, Part, SelectedField, Selections
from lobby.operations.plans.uncovered import Uncovered

FIELDS_MAX = 1_000
"""Fields of all functions of one plan; a document that selects more is left to graphql-core. The largest client document has
290. A field takes some 80 us to plan, and 0.8 KB then."""


@dataclass(frozen=True, slots=True)
class Written:
    """A function by its name in the code."""

    name: str
    is_async: bool = False
    asks_who: bool = False
    """Whether a field of the selection takes `info`, and so may depend on who is asking."""
    reads_variables: bool = False


@dataclass(frozen=True, slots=True)
class _Expression:
    """A piece of code, and what its function then is."""

    code: str
    is_async: bool = False
    asks_who: bool = False
    reads_variables: bool = False


class Writer:
    """Collects the functions of one plan. The same selection on the same type is written once."""

    def __init__(self, schema: strawberry.Schema, selections: Selections, kept: KeptTexts) -> None:
        self._schema = schema
        self._core: GraphQLSchema = schema._schema
        self._selections = selections
        self._code: list[str] = []
        self._bound: dict[str, object] = {"items": _items, "unusual": _unusual, "kept": kept.text}
        self._names: dict[int, str] = {}
        self._objects: dict[object, Written] = {}
        self.fields = 0
        """Fields written so far."""
        self.variables_read: set[str] = set()
        """Variables that the functions read."""

    def bind(self, value: object) -> str:
        """A name for `value` in the code."""
        if id(value) not in self._names:
            name = self._names[id(value)] = f"b{len(self._bound)}"
            self._bound[name] = value
        return self._names[id(value)]

    def functions(self) -> dict[str, Any]:
        """Everything written so far, made into functions, by name."""
        namespace = dict(self._bound)
        # Of a document only names get into the code, and those as string literals.
        exec(compile("\n".join(self._code), "<plan>", "exec"), namespace)  # noqa: S102
        return namespace

    def value(self, type_: GraphQLOutputType, parts: list[Part]) -> Written:
        """The function that completes a value of `type_`, which may be None."""
        completed = self._completed("o", "o", type_, parts)
        return self._function([f"return {completed.code}"], completed)

    def members(self, type_: GraphQLOutputType, parts: list[Part]) -> dict[Callable[..., object], Written]:
        """The functions for the object types that a value of `type_` may have, by their classes; none for a leaf."""
        named = get_named_type(type_)
        possible = self._core.get_possible_types(named) if is_abstract_type(named) else [named]
        return {class_of(each): self._object(each, parts) for each in possible if is_object_type(each)}

    def _function(self, lines: list[str], what: _Expression) -> Written:
        """A function of these lines, which is `what` its parts are."""
        name = f"f{len(self._code)}"
        head = f"{'async ' if what.is_async else ''}def {name}(o, run):"
        self._code.append("\n    ".join([head, *lines]))
        return Written(name, what.is_async, what.asks_who, what.reads_variables)

    def _object(self, type_: GraphQLObjectType, parts: list[Part]) -> Written:
        key = (type_.name, tuple((id(selection_set), condition) for selection_set, condition in parts))
        if key not in self._objects:
            fields = self._selections.of(type_, parts)
            written = [(field, self._field(type_, field)) for field in fields]
            conditions = {name for field in fields for name, _ in field.condition}
            self.variables_read |= conditions
            whole = _either("", *(one for _, one in written), _Expression("", reads_variables=bool(conditions)))
            self._objects[key] = self._kept(type_, self._function(_object_lines(written), whole))
        return self._objects[key]

    def _kept(self, type_: GraphQLObjectType, written: Written) -> Written:
        """`written` with its texts kept, where the same object always looks the same."""
        if written.is_async or written.asks_who or written.reads_variables or not is_lasting(class_of(type_)):
            return written
        return self._function([f"return kept(o, run, {written.name})"], _Expression(""))

    def _field(self, type_: GraphQLObjectType, field: SelectedField) -> _Expression:
        """The value of one field in the response."""
        self.fields += 1
        if self.fields > FIELDS_MAX:
            raise Uncovered
        name = field.node.name.value
        if name == "__typename":
            return _Expression(repr(type_.name))
        if name.startswith("__"):
            raise Uncovered
        value = self._resolved(type_, field)
        completed = self._completed(value.code, "v", type_.fields[name].type, field.parts)
        return _either(completed.code, value, completed)

    def _resolved(self, type_: GraphQLObjectType, field: SelectedField) -> _Expression:
        name = field.node.name.value
        core = type_.fields[name]
        own = strawberry_field(core)
        if own.base_resolver is None:
            return _Expression(f"o.{own.python_name}")
        resolver, info = own.base_resolver, own.base_resolver.info_parameter
        given = ["o"] if resolver.self_parameter else []
        sources = {p.name for p in (resolver.parent_parameter, resolver.root_parameter) if p is not None}
        given += [f"{source}=o" for source in sorted(sources)]
        if info is not None:
            given.append(f"{info.name}={self.bind(PlannedInfo)}({name!r}, run.context)")
        if own.arguments:
            self.variables_read |= variables_of(field.node)
            given.append(f"**{self.bind(arguments_of(field.node, core, own, self._schema))}(run.variables)")
        code = f"{self.bind(resolver_of(own))}({', '.join(given)})"
        return _Expression(
            f"await {code}" if resolver.is_async else code,
            resolver.is_async,
            asks_who=info is not None,
            reads_variables=bool(own.arguments and variables_of(field.node)),
        )

    def _completed(self, value: str, v: str, type_: GraphQLOutputType, parts: list[Part]) -> _Expression:
        """What becomes of the code `value` in the response. `v`: the variable to keep it in, or `value` itself."""
        is_nullable = not isinstance(type_, GraphQLNonNull)
        plain = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        first = v if v == value else f"({v} := {value})"
        if is_leaf_type(plain):
            assert isinstance(plain, GraphQLScalarType | GraphQLEnumType)
            return _Expression(f"({leaf(plain, first, v, is_nullable, self.bind)})")
        if is_nullable:
            present = self._present(v, v, plain, parts)
            return _either(f"(None if {first} is None else {present.code})", present)
        return self._present(value, v, plain, parts)

    def _present(self, value: str, v: str, type_: GraphQLOutputType, parts: list[Part]) -> _Expression:
        """The same for a value that is no leaf, and not None."""
        if isinstance(type_, GraphQLList):
            item = self._completed(f"{v}i", f"{v}i", type_.of_type, parts)
            return _either(f"[{item.code} for {v}i in items({value})]", item)
        first = v if v == value else f"({v} := {value})"
        if is_abstract_type(type_):
            return self._abstract(first, v, type_, parts)
        assert isinstance(type_, GraphQLObjectType)
        written = self._object(type_, parts)
        called = f"{_await(written)}{written.name}({v}, run)"
        return _as(written, f"({called} if type({first}) is {self.bind(class_of(type_))} else unusual())")

    def _abstract(self, first: str, v: str, type_: Any, parts: list[Part]) -> _Expression:
        """By the value's own class: each object type has one."""
        if not has_usual_types(type_):
            raise Uncovered
        members = self.members(type_, parts)
        whole = _either("", *(_as(one, "") for one in members.values()))
        names = {class_: self._like(whole, one).name for class_, one in members.items()}
        table = f"t{len(self._code)}"
        rows = ", ".join(f"{self.bind(class_)}: {name}" for class_, name in names.items())
        self._code.append(f"{table} = {{{rows}}}")
        return _either(f"({_await(whole)}{table}[type({first})]({v}, run))", whole)

    def _like(self, whole: _Expression, one: Written) -> Written:
        """`one` as a function that has to be waited for, where that goes for the others."""
        if one.is_async or not whole.is_async:
            return one
        return self._function([f"return {one.name}(o, run)"], whole)


def _object_lines(written: list[tuple[SelectedField, _Expression]]) -> list[str]:
    """The body of an object's function. Fields up to the first one with a condition are one dict display, which is fastest."""
    always = 0
    while always < len(written) and written[always][0].condition == ALWAYS:
        always += 1
    display = ", ".join(f"{field.key!r}: {one.code}" for field, one in written[:always])
    if always == len(written):
        return [f"return {{{display}}}"]
    lines = [f"{_when(field.condition)}r[{field.key!r}] = {one.code}" for field, one in written[always:]]
    return [f"r = {{{display}}}", *lines, "return r"]


def _when(condition: Condition) -> str:
    tests = " and ".join(f"run.variables[{name!r}] is {wanted}" for name, wanted in sorted(condition))
    return f"if {tests}: " if tests else ""


def _either(code: str, *parts: _Expression) -> _Expression:
    """`code`, which is made of `parts`."""
    return _Expression(
        code,
        any(part.is_async for part in parts),
        any(part.asks_who for part in parts),
        any(part.reads_variables for part in parts),
    )


def _as(written: Written, code: str) -> _Expression:
    """`code`, which calls `written`."""
    return _Expression(code, written.is_async, written.asks_who, written.reads_variables)


def _await(called: Written | _Expression) -> str:
    return "await " if called.is_async else ""


def _items(value: Any) -> Any:
    if type(value) is not list and type(value) is not tuple:
        raise Uncovered
    return value


def _unusual() -> Any:
    raise Uncovered

"""Generates the Python code of a plan: one function for each selection on an object type.

A function takes the source object and the run, and returns the response's object. It raises any exception for a value that is not
usual; then its result is dropped, and graphql-core executes the operation. A usual value has exactly the class that the schema
names for its type. So an object that was `strawberry.cast` to another type is not usual.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import strawberry
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    print_ast,
)

from web.fast.json_cache import is_cacheable
from web.fast.plans import NotPlannable
from web.fast.plans.arguments import arguments_of, variables_of
from web.fast.plans.coercion import TYPES_MAX
from web.fast.plans.plan import PlannedInfo
from web.fast.plans.selection import ALWAYS, Condition, Part, SelectedField, Selections
from web.fast.plans.strawberry_adapter import class_of, resolver_of, resolves_types_by_class, strawberry_field

SELECTION_KEY_BYTES = 16
FIELDS_MAX = 1_500
"""Fields of all functions of one plan. A document that selects more has no plan. The largest client document has 500. Planning
takes about 80 us for each field, and its functions take 0.8 KB."""


@dataclass(frozen=True, slots=True)
class GeneratedFunction:
    """A generated function: its name in the code, and what it depends on."""

    name: str
    is_async: bool = False
    uses_info: bool = False
    """True if a field of the selection takes `info`, so that it may depend on the caller."""
    reads_variables: bool = False
    code: str = ""
    """The code that calls it for the source object `{}`, if that is another one than a call of the name: a function of an object
    with cached JSON is given to the cache."""
    selection_key: str = ""
    """As in `_Expression`."""

    def call(self, source: str) -> str:
        code = self.code or f"{self.name}({{}}, run)"
        return f"{'await ' if self.is_async else ''}{code.format(source)}"


@dataclass(frozen=True, slots=True)
class _Expression:
    """A piece of code, and what it makes of the function that contains it."""

    code: str
    is_async: bool = False
    uses_info: bool = False
    reads_variables: bool = False
    selection_key: str = ""
    """Identifies what is selected on the objects in the value: the same text for the same selection, in any document. Empty for a
    leaf."""


class CodeGenerator:
    """Generates the functions of one plan. The same selection on the same type has one function."""

    def __init__(self, schema: strawberry.Schema, selections: Selections, takes_turns: bool = False) -> None:
        """`takes_turns`: an execution that takes long lets others use the event loop between two items of a list."""
        self._takes_turns = takes_turns
        self._cacheable_depth = 0
        """How many of the objects around the present one may have their JSON in the cache. Their functions can't wait."""
        self._schema = schema
        self._core: GraphQLSchema = schema._schema
        self._selections = selections
        self._code: list[str] = []
        self._bound: dict[str, object] = {"items": _items, "unusual": _raise_not_plannable}
        self._names: dict[int, str] = {}
        self._objects: dict[object, GeneratedFunction] = {}
        self.fields = 0
        """The number of fields generated so far."""
        self.variables_read: set[str] = set()
        """Variables that the functions read."""

    def bind(self, value: object) -> str:
        """A name for `value` in the code."""
        if id(value) not in self._names:
            name = self._names[id(value)] = f"b{len(self._bound)}"
            self._bound[name] = value
        return self._names[id(value)]

    def functions(self) -> dict[str, Any]:
        """All generated functions by name."""
        namespace = dict(self._bound)
        # Only names of a document get into the code, as string literals.
        exec(compile("\n".join(self._code), "<plan>", "exec"), namespace)  # noqa: S102
        return namespace

    def value(self, type_: GraphQLOutputType, parts: list[Part]) -> GeneratedFunction:
        """The function that completes a value of `type_`, or None."""
        completed = self._completed("o", "o", type_, parts)
        return self._function([f"return {completed.code}"], completed)

    def functions_by_class(
        self, type_: GraphQLOutputType, parts: list[Part]
    ) -> dict[Callable[..., object], GeneratedFunction]:
        """The functions for the object types that a value of `type_` may have, by class; none for a leaf type."""
        named = get_named_type(type_)
        possible = self._core.get_possible_types(named) if is_abstract_type(named) else [named]
        return {class_of(each): self._object(each, parts) for each in possible if is_object_type(each)}

    def _function(self, lines: list[str], what: _Expression) -> GeneratedFunction:
        """Add a function with these lines. `what` says what the expressions in them depend on."""
        name = f"f{len(self._code)}"
        head = f"{'async ' if what.is_async else ''}def {name}(o, run):"
        self._code.append("\n    ".join([head, *lines]))
        return GeneratedFunction(
            name, what.is_async, what.uses_info, what.reads_variables, selection_key=what.selection_key
        )

    def _object(self, type_: GraphQLObjectType, parts: list[Part]) -> GeneratedFunction:
        key = (
            type_.name,
            tuple((id(selection_set), condition) for selection_set, condition in parts),
            self._cacheable_depth > 0,
        )
        if key not in self._objects:
            fields = self._selections.of(type_, parts)
            depth = int(is_cacheable(class_of(type_)))
            self._cacheable_depth += depth
            expressions = [(field, self._field(type_, field)) for field in fields]
            self._cacheable_depth -= depth
            conditions = {name for field in fields for name, _ in field.condition}
            self.variables_read |= conditions
            whole = _combine("", *(one for _, one in expressions), _Expression("", reads_variables=bool(conditions)))
            whole = replace(whole, selection_key=_selection_key(type_, expressions))
            self._objects[key] = self._with_cache(type_, self._function(_object_lines(expressions), whole))
        return self._objects[key]

    def _with_cache(self, type_: GraphQLObjectType, function: GeneratedFunction) -> GeneratedFunction:
        """`function`, or one that caches its JSON if the same object always has the same JSON."""
        if function.is_async or function.uses_info or function.reads_variables or not is_cacheable(class_of(type_)):
            return function
        code = f"run.cached({{}}, run, {function.name}, {function.selection_key!r})"
        cached = self._function([f"return {code.format('o')}"], _Expression("", selection_key=function.selection_key))
        return replace(cached, code=code)

    def _field(self, type_: GraphQLObjectType, field: SelectedField) -> _Expression:
        """The value of one field in the response."""
        self.fields += 1
        if self.fields > FIELDS_MAX:
            raise NotPlannable
        name = field.node.name.value
        if name == "__typename":
            return _Expression(repr(type_.name))
        if name.startswith("__"):
            raise NotPlannable
        value = self._resolved(type_, field)
        completed = self._completed(value.code, "v", type_.fields[name].type, field.parts)
        return _combine(completed.code, value, completed)

    def _resolved(self, type_: GraphQLObjectType, field: SelectedField) -> _Expression:
        name = field.node.name.value
        core = type_.fields[name]
        definition = strawberry_field(core)
        if definition.base_resolver is None:
            return _Expression(f"o.{definition.python_name}")
        resolver, info = definition.base_resolver, definition.base_resolver.info_parameter
        given = ["o"] if resolver.self_parameter else []
        sources = {p.name for p in (resolver.parent_parameter, resolver.root_parameter) if p is not None}
        given += [f"{source}=o" for source in sorted(sources)]
        if info is not None:
            given.append(f"{info.name}={self.bind(PlannedInfo)}({name!r}, run.context)")
        if definition.arguments:
            self.variables_read |= variables_of(field.node)
            given.append(f"**{self.bind(arguments_of(field.node, core, definition, self._schema))}(run.variables)")
        code = f"{self.bind(resolver_of(definition))}({', '.join(given)})"
        return _Expression(
            f"await {code}" if resolver.is_async else code,
            resolver.is_async,
            uses_info=info is not None,
            reads_variables=bool(definition.arguments and variables_of(field.node)),
        )

    def _completed(self, value: str, v: str, type_: GraphQLOutputType, parts: list[Part]) -> _Expression:
        """The code that completes the value of the code `value`. `v`: the variable to assign it to, or `value` itself."""
        is_nullable = not isinstance(type_, GraphQLNonNull)
        plain = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        first = v if v == value else f"({v} := {value})"
        if is_leaf_type(plain):
            assert isinstance(plain, GraphQLScalarType | GraphQLEnumType)
            return _Expression(f"({leaf(plain, first, v, is_nullable, self.bind)})")
        if is_nullable:
            present = self._present(v, v, plain, parts)
            return _combine(f"(None if {first} is None else {present.code})", present)
        return self._present(value, v, plain, parts)

    def _present(self, value: str, v: str, type_: GraphQLOutputType, parts: list[Part]) -> _Expression:
        """The same for a value that is neither a leaf nor None."""
        if isinstance(type_, GraphQLList):
            item = self._completed(f"{v}i", f"{v}i", type_.of_type, parts)
            if self._takes_turns and not self._cacheable_depth and not is_leaf_type(get_named_type(type_)):
                turn = _Expression(" if run.has_time() or await run.wait_for_turn()", is_async=True)
                return _combine(f"[{item.code} for {v}i in items({value}){turn.code}]", item, turn)
            return _combine(f"[{item.code} for {v}i in items({value})]", item)
        first = v if v == value else f"({v} := {value})"
        if is_abstract_type(type_):
            return self._abstract(first, v, type_, parts)
        assert isinstance(type_, GraphQLObjectType)
        function = self._object(type_, parts)
        return _as(function, f"({function.call(v)} if type({first}) is {self.bind(class_of(type_))} else unusual())")

    def _abstract(self, first: str, v: str, type_: Any, parts: list[Part]) -> _Expression:
        """The code that finds the function by the class of the value: each object type has its own class."""
        if not resolves_types_by_class(type_):
            raise NotPlannable
        members = self.functions_by_class(type_, parts)
        whole = _combine("", *(_as(one, "") for one in members.values()))
        names = {class_: self._like(whole, one).name for class_, one in members.items()}
        table = f"t{len(self._code)}"
        rows = ", ".join(f"{self.bind(class_)}: {name}" for class_, name in names.items())
        self._code.append(f"{table} = {{{rows}}}")
        return _combine(f"({_await(whole)}{table}[type({first})]({v}, run))", whole)

    def _like(self, whole: _Expression, one: GeneratedFunction) -> GeneratedFunction:
        """`one` as an asynchronous function, if `whole` is asynchronous."""
        if one.is_async or not whole.is_async:
            return one
        return self._function([f"return {one.name}(o, run)"], whole)


def _object_lines(fields: list[tuple[SelectedField, _Expression]]) -> list[str]:
    """The body of the function of an object. The fields before the first condition are one dict display, which is fastest."""
    always = 0
    while always < len(fields) and fields[always][0].condition == ALWAYS:
        always += 1
    display = ", ".join(f"{field.key!r}: {one.code}" for field, one in fields[:always])
    if always == len(fields):
        return [f"return {{{display}}}"]
    lines = [f"{_when(field.condition)}r[{field.key!r}] = {one.code}" for field, one in fields[always:]]
    return [f"r = {{{display}}}", *lines, "return r"]


def _when(condition: Condition) -> str:
    tests = " and ".join(f"run.variables[{name!r}] is {wanted}" for name, wanted in sorted(condition))
    return f"if {tests}: " if tests else ""


def _combine(code: str, *parts: _Expression) -> _Expression:
    """`code`, which contains `parts`."""
    return _Expression(
        code,
        any(part.is_async for part in parts),
        any(part.uses_info for part in parts),
        any(part.reads_variables for part in parts),
        "".join(part.selection_key for part in parts),
    )


def _selection_key(type_: GraphQLObjectType, fields: list[tuple[SelectedField, _Expression]]) -> str:
    """As in `_Expression`. A digest, because fragments that spread others twice would make texts of any length."""
    selected = (
        f"{field.key}:{field.node.name.value}({','.join(map(print_ast, field.node.arguments or ()))}){one.selection_key}"
        for field, one in fields
    )
    text = f"{type_.name}{{{' '.join(selected)}}}"
    return blake2b(text.encode(), digest_size=SELECTION_KEY_BYTES).hexdigest()


def _as(function: GeneratedFunction, code: str) -> _Expression:
    """`code`, which calls `function`."""
    return _Expression(code, function.is_async, function.uses_info, function.reads_variables, function.selection_key)


def _await(called: GeneratedFunction | _Expression) -> str:
    return "await " if called.is_async else ""


def _items(value: Any) -> Any:
    if type(value) is not list and type(value) is not tuple:
        raise NotPlannable
    return value


def _raise_not_plannable() -> Any:
    raise NotPlannable


_CHECKS: dict[object, str] = {
    GraphQLString: "type({first}) is str",
    GraphQLID: "type({first}) is str",
    GraphQLBoolean: "type({first}) is bool",
    GraphQLInt: "type({first}) is int and -2147483648 <= {v} <= 2147483647",
}
"""The check whether a value goes into the response as it is. Other values need the coercion of the type."""

_PLAIN = frozenset({str, int, float, bool, list, dict, tuple})


def leaf(
    type_: GraphQLScalarType | GraphQLEnumType,
    first: str,
    v: str,
    is_nullable: bool,
    bind: Callable[[object], str],
) -> str:
    """The expression for a leaf. `first` is the code that gives the value and assigns it to the variable `v`.

    The expression raises for a value that is not usual. `bind` gives an object a name in the code.
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
    """Names of the members, by the `id()` of the member: members live as long as the enum, and their hash is slow Python code."""
    return {id(type_.coerce_input_value(name)): name for name in type_.values}


@lru_cache(TYPES_MAX)
def _coerced(type_: GraphQLScalarType) -> Callable[[Any], Any]:
    """The coercion of the type. It raises for values that graphql-core would not pass to it, or not accept from it."""
    coerce = type_.coerce_output_value

    def coerced(value: Any) -> Any:
        if value is None or (type(value) not in _PLAIN and _is_special(value)):
            raise NotPlannable
        written = coerce(value)
        if written is None or written is Undefined:
            raise NotPlannable
        return written

    return coerced


def _is_special(value: Any) -> bool:
    """True if graphql-core treats the value in another way: an exception is raised, an awaitable is awaited."""
    return isinstance(value, Exception) or value is Undefined or hasattr(type(value), "__await__")

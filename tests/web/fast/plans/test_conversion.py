from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import strawberry
from graphql import Undefined
from graphql.utilities import coerce_input_value
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.relay import GlobalID
from strawberry.tools import create_type
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.field import StrawberryField

from tests.web.fast.plans.differing import Subject
from tests.web.fast.plans.generated.choices import Choices
from tests.web.fast.plans.generated.input_values import InputValues
from tests.web.fast.plans.subjects import LOBBY, RICH
from web.fast.plans import NotPlannable
from web.fast.plans.arguments import converter


def _arguments(subject: Subject) -> list[tuple[Subject, StrawberryArgument, Any]]:
    """Every argument of every field, with its type."""
    schema = subject.schema
    found = []
    for type_ in schema._schema.type_map.values():
        for field in getattr(type_, "fields", {}).values():
            own = field.extensions.get("strawberry-definition")
            for argument in own.arguments if isinstance(own, StrawberryField) else ():
                name = schema.config.name_converter.from_argument(argument)
                found.append((subject, argument, field.args[name].type))
    return found


ARGUMENTS = _arguments(RICH) + _arguments(LOBBY)


@st.composite
def _coerced(draw: st.DrawFn) -> tuple[Subject, StrawberryArgument, object]:
    subject, argument, type_ = draw(st.sampled_from(ARGUMENTS))
    sent = InputValues(Choices(draw), subject.taste).json(type_)
    try:
        return subject, argument, coerce_input_value(sent, type_)
    except StrawberryInputCoercionError:
        return subject, argument, Undefined


def _converted(schema: strawberry.Schema, argument: StrawberryArgument, value: object) -> object:
    """As Strawberry does it."""
    name = schema.config.name_converter.from_argument(argument)
    registry = schema.schema_converter.scalar_registry
    converted = convert_arguments({name: value}, [argument], registry, schema.config)
    return converted[argument.python_name]


@settings(deadline=None, max_examples=400)
@given(_coerced())
def test_arguments_are_converted_as_strawberry_does(case: tuple[Subject, StrawberryArgument, object]) -> None:
    subject, argument, value = case
    if value is Undefined:
        return
    convert = converter(argument.type, subject.schema)
    try:
        expected = _converted(subject.schema, argument, value)
    except ValueError:
        assert convert is not None
        with pytest.raises(ValueError, match="odd"):
            convert(value)
        return

    assert repr(expected) == repr(convert(value) if convert is not None and value is not None else value)


def test_a_list_is_made_anew() -> None:
    """graphql-core hands the same default to every call, and a resolver may change what it gets."""
    [argument] = [one for _, one, _ in ARGUMENTS if one.python_name == "numbers" and one.default == [1]]
    convert = converter(argument.type, RICH.schema)
    given_now = [1]

    assert convert is not None
    assert convert(given_now) == given_now
    assert convert(given_now) is not given_now


def _schema_with(argument: Any) -> tuple[strawberry.Schema, Any]:
    """A schema with a field that takes `argument`, and the type of that as Strawberry has it."""

    def resolve(given):  # type: ignore[no-untyped-def]
        return repr(given)

    resolve.__annotations__ = {"given": argument, "return": str}
    field = strawberry.field(resolver=resolve)
    field.python_name = "field"
    schema = strawberry.Schema(create_type("Query", [field]))
    return schema, field.arguments[0].type


StrMaybe: Any = eval("strawberry.Maybe[str]")  # No type that mypy could read.


@strawberry.input
class Wrapped:
    maybe: strawberry.Maybe[str]


@strawberry.input
class Outer:
    wrapped: Wrapped | None = None


@strawberry.input
class Inner:
    outer: Outer | None = None


def test_a_global_id_is_not_covered() -> None:
    """Strawberry makes an object of it."""
    schema, type_ = _schema_with(GlobalID)

    with pytest.raises(NotPlannable):
        converter(type_, schema)


@pytest.mark.parametrize("argument", [StrMaybe, Wrapped, Outer, list[Inner], Inner | None])
def test_what_tells_left_out_from_null_by_a_wrapper_is_not_covered(argument: Any) -> None:
    schema, type_ = _schema_with(argument)

    for _ in range(2):
        with pytest.raises(NotPlannable):
            converter(type_, schema)


@strawberry.input
class Even:
    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError("odd")


def test_what_an_input_class_raises_goes_through() -> None:
    schema, type_ = _schema_with(Even)
    convert = converter(type_, schema)

    assert convert is not None
    with pytest.raises(ValueError, match="odd"):
        convert({"number": 1})


def test_an_input_that_builds_itself_is_not_covered() -> None:
    @strawberry.input
    class Built:
        number: int

    def from_input(class_: type[Any], value: Mapping[str, Any], _context: object) -> Any:
        return class_(number=value["number"])

    Built.__strawberry_definition__.from_input = from_input  # type: ignore[attr-defined]
    schema, type_ = _schema_with(Built)

    with pytest.raises(NotPlannable):
        converter(type_, schema)

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
import strawberry
from graphql import GraphQLObjectType
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

from tests.web.fast.plans.planning import has_plan


class Extended(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return next_(source, info, **kwargs)


class Allowed(BasePermission):
    message = "no"

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return True


@strawberry.type
class Plain:
    field: str


@strawberry.type
class Raised(Exception):
    field: str


@strawberry.type
class Choosy:
    field: str

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, Choosy | Plain)


@strawberry.interface
class Named:
    field: str

    @classmethod
    def resolve_type(cls, value: Any, *_: Any) -> str:
        return type(value).__name__


@strawberry.type
class Nameless(Named):
    pass


Either = Annotated[Plain | Raised, strawberry.union("Either")]


@strawberry.type
class Query:
    attribute: str = "a"

    @strawberry.field
    @staticmethod
    def static() -> str:
        return "a"

    @strawberry.field
    @classmethod
    def of_class(cls) -> str:
        return cls.__name__

    extended: str = strawberry.field(resolver=lambda: "a", extensions=[Extended()])
    allowed: str = strawberry.field(resolver=lambda: "a", permission_classes=[Allowed])

    @strawberry.field
    async def one_by_one() -> AsyncIterator[str]:
        yield "a"

    @strawberry.field
    def plain() -> Plain:
        return Plain(field="a")

    @strawberry.field
    def raised() -> Raised:
        return Raised(field="a")

    @strawberry.field
    def either() -> Either:
        return Plain(field="a")

    @strawberry.field
    def choosy() -> Choosy:
        return Choosy(field="a")

    @strawberry.field
    def named() -> Named:
        return Nameless(field="a")


SCHEMA = strawberry.Schema(Query, types=[Nameless])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ static }", True),
        ("{ ofClass }", True),
        ("{ plain { field } }", True),
        ("{ attribute }", False),
        ("{ extended }", False),
        ("{ allowed }", False),
        ("{ raised { field } }", False),
        ("{ either { ... on Plain { field } } }", False),
        ("{ choosy { field } }", False),
        ("{ named { field } }", False),
    ],
)
def test_what_has_more_to_it_than_its_resolver_and_its_class_has_no_plan(text: str, expected: bool) -> None:
    assert expected is has_plan(text, SCHEMA)


def test_a_list_that_comes_item_by_item_has_no_plan() -> None:
    assert SCHEMA._schema.query_type is not None
    assert not has_plan("{ oneByOne }", SCHEMA)


def _attribute(source: Any, name: str) -> object:
    return getattr(source, name)


def test_a_schema_that_reads_attributes_its_own_way_has_no_plans() -> None:
    schema = strawberry.Schema(Query, types=[Nameless], config=StrawberryConfig(default_resolver=_attribute))

    assert isinstance(schema._schema.query_type, GraphQLObjectType)
    assert not has_plan("{ plain { field } }", schema)

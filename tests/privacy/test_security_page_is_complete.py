"""docs/security.md tells of all that there is."""

from __future__ import annotations

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type

from lobby.settings import Settings
from schema.root import schema
from server import create_app
from tests.privacy.acts import ACTS
from tests.privacy.looking import WAYS
from tests.privacy.shown import SHAPES, TYPES, camel, owner, told_as
from tests.privacy.table import rows

ROOTS = ("Query", "Mutation", "Subscription")
FOR_ALL = {"/healthz", "/readyz", "/.well-known/jwks.json", "/openapi.json", "/docs"}
FOR_OPERATORS = {"/metrics"}


def named(heading: str) -> list[str]:
    return [name for row in rows(heading) for name in row.names]


def test_every_field_of_the_schema_has_its_row() -> None:
    told = {*named("What is there"), *named("What it shows"), *named("Answers to one's own acts")}
    told |= {f"Mutation.{name}" for name in named("Who may do what")}
    kinds = [kind for kind in TYPES.values() if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")]
    there = {owner(kind, field) for kind in kinds for field in kind.fields}
    assert there == {name for name in told if "." in name.split("{")[0] and not name.startswith("GET")}


def test_no_field_has_two_rows() -> None:
    for heading in ("What it shows", "Answers to one's own acts", "Who may do what"):
        assert len(named(heading)) == len(set(named(heading))), heading


def test_every_way_to_read_is_looked_at_for_every_kind_of_party() -> None:
    """Where a kind is missing, the way is about no party, or lists open ones alone."""
    assert set(named("What is there")) == {way for way in WAYS if not way.startswith("Mutation.")}
    assert {f"Mutation.{name}" for name in ACTS} == {f"Mutation.{name}" for name in TYPES["Mutation"].fields}  # type: ignore[attr-defined]


def test_every_path_of_rest_that_reads_is_looked_at() -> None:
    document = create_app(Settings(store="memory://")).openapi()
    read = {path for path, item in document["paths"].items() if "get" in item} - FOR_ALL - FOR_OPERATORS
    assert {f"GET {path}" for path in read} == {way for way in WAYS if way.startswith("GET ")}


def test_every_field_of_the_other_shapes_tells_a_fact_of_the_schema() -> None:
    facts = {
        f"{kind.name}.{field}"
        for kind in TYPES.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        for field in kind.fields
    }
    told = {told_as(kind, camel(name)) for kind, shape in SHAPES.items() for name in shape.model_fields}
    assert told <= facts


def test_what_only_ones_own_acts_are_answered_is_in_no_other_answer() -> None:
    """Credentials above all."""
    own = {name.partition(".")[0] for name in named("Answers to one's own acts")} - {"Heartbeat"}
    reached, ahead = set(), ["Query", "Subscription"]
    while ahead:
        kind = TYPES[ahead.pop()]
        if kind.name not in reached:
            reached.add(kind.name)
            ahead += _next(kind)
    assert own.isdisjoint(reached)


def _next(kind: object) -> list[str]:
    if isinstance(kind, GraphQLUnionType):
        return [one.name for one in kind.types]
    names = [get_named_type(field.type).name for field in kind.fields.values()] if hasattr(kind, "fields") else []
    if isinstance(kind, GraphQLInterfaceType):
        names += [one.name for one in schema._schema.get_implementations(kind).objects]
    return [name for name in names if not hasattr(TYPES[name], "serialize")]

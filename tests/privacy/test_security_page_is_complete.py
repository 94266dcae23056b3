"""The tables of docs/security.md have a row for every field, path and mutation."""

from __future__ import annotations

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type

from resolvers.root import schema
from tests.privacy.mutations import ATTEMPTS
from tests.privacy.read_paths import READ_PATHS
from tests.privacy.security_page import rows
from tests.privacy.visible_fields import TYPES, VIEWS, camel, owner, schema_field_of
from web.app import create_app
from web.settings.settings import Settings

ROOTS = ("Query", "Mutation", "Subscription")
FOR_ALL = {"/healthz", "/readyz", "/.well-known/jwks.json", "/openapi.json", "/docs"}
FOR_OPERATORS = {"/metrics"}


def named(heading: str) -> list[str]:
    return [name for row in rows(heading) for name in row.names]


def test_every_field_of_the_schema_has_its_row() -> None:
    listed = {
        *named("What is there"),
        *named("What it shows"),
        *named("Saved runs"),
        *named("Identities"),
        *named("Invites and blocks"),
        *named("Waiting for a seat"),
        *named("Moderation"),
        *named("The console"),
        *named("The inbox"),
        *named("Searches for other parties"),
        *named("Answers to own mutations"),
    }
    listed |= {f"Mutation.{name}" for name in named("Who may do what")}
    kinds = [kind for kind in TYPES.values() if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")]
    there = {owner(kind, field) for kind in kinds for field in kind.fields}
    rows = {name for name in listed if "." in name.split("{")[0] and not name.startswith("GET")}
    assert there - rows == set(), "docs/security.md has no row for these"
    assert rows - there == set(), "docs/security.md has rows for what does not exist"


def test_no_field_has_two_rows() -> None:
    sections = (
        "Saved runs",
        "Identities",
        "Invites and blocks",
        "Waiting for a seat",
        "Moderation",
        "The console",
        "The inbox",
        "Searches for other parties",
    )
    for heading in ("What it shows", *sections, "Answers to own mutations", "Who may do what"):
        assert len(named(heading)) == len(set(named(heading))), heading


def test_every_way_to_read_has_a_row_and_a_test() -> None:
    """If a kind of party has no row, its read path shows no party, or only lists open parties."""
    assert set(named("What is there")) == {way for way in READ_PATHS if not way.startswith("Mutation.")}
    mutations = set(TYPES["Mutation"].fields)  # type: ignore[attr-defined]
    assert mutations - set(ATTEMPTS) == set(), "tests/privacy/mutations.py has no attempt at these mutations"
    assert set(ATTEMPTS) - mutations == set(), "tests/privacy/mutations.py has attempts at what is no mutation"


async def test_every_rest_path_that_reads_has_a_test() -> None:
    app = create_app(Settings(store="memory://"))
    async with app.open():
        document = app.openapi()
    read = {path for path, item in document["paths"].items() if "get" in item} - FOR_ALL - FOR_OPERATORS
    assert {f"GET {path}" for path in read} == {way for way in READ_PATHS if way.startswith("GET ")}


def test_every_view_field_comes_from_a_schema_field() -> None:
    facts = {
        f"{kind.name}.{field}"
        for kind in TYPES.values()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        for field in kind.fields
    }
    listed = {schema_field_of(kind, camel(name)) for kind, shape in VIEWS.items() for name in shape.model_fields}
    assert listed <= facts


def test_results_of_own_mutations_appear_nowhere_else() -> None:
    """Credentials above all. A rejection is what `Party.joinVerdict` shows, too."""
    shown_elsewhere = {"Heartbeat", "InboxHeartbeat", "Announcement", "Rejection"}
    own = {name.partition(".")[0] for name in named("Answers to own mutations")} - shown_elsewhere
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

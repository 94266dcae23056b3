"""The fragments of the client select everything that the schema has, except what is left out on purpose.

So a new field or event reaches the clients, or the reader decides that it should not.
"""

from __future__ import annotations

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    build_schema,
    parse,
)

from tests.needs import ROOT

FOLDER = ROOT / "client_queries/fragments"
FRAGMENTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.graphql"))}
LEFT_OUT = {
    "PartyFields": {"leader", "createdAt", "joinUrl", "joinVerdict", "externalKey"},
    "PartyListing": {
        "cursor",
        "joinCode",
        "joinUrl",
        "joinVerdict",
        "externalKey",
        "members",
        "session",
        "startsAt",
        "reservations",
        "invites",
        "waiting",
        "search",
    },
    "InviteFields": {"party"},
    "SearchFields": {"party"},
    "RejectionFields": {"current"},
    "MemberFields": {"joinedAt"},
    "SessionFields": {
        "party",
        "endpoint",
        "seats",
        "seed",
        "loaded",
        "goAt",
        "arrived",
        "gameServerSeenAt",
        "createdAt",
        "receipt",
        "checkpoint",
    },
    "RunFields": {"party", "receipt", "arrived", "gameServerSeenAt", "createdAt"},
    "EventFields": {"partyId", "party", "SettingsChanged.settings", "SessionStarted.ticket", "HostChanged.ticket"},
    "StreamFields": {"seq", "cursor", "at", "partyId", "actorId"},
}
"""The fields that a fragment leaves out: another fragment has them, no screen shows them, or they depend on the viewer."""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema/schema.graphql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_selects_every_field(schema: GraphQLSchema, name: str) -> None:
    [fragment] = parse(FRAGMENTS[name]).definitions
    assert isinstance(fragment, FragmentDefinitionNode)
    type_ = schema.type_map[fragment.type_condition.name.value]
    if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        return
    missing = set(type_.fields) - _selected(fragment.selection_set)
    if name == "EventFields":
        missing |= _missing_of_events(schema, type_, fragment.selection_set)
    assert missing == LEFT_OUT.get(name, set()), (
        f"add the field to client_queries/fragments/{name}.graphql, or to LEFT_OUT"
    )


def _missing_of_events(schema: GraphQLSchema, interface: object, selection: SelectionSetNode) -> set[str]:
    """The fields of the types of events, beside those of the interface."""
    assert isinstance(interface, GraphQLInterfaceType)
    parts = {
        part.type_condition.name.value: _selected(part.selection_set)
        for part in selection.selections
        if isinstance(part, InlineFragmentNode) and part.type_condition is not None
    }
    return {
        f"{type_.name}.{field}"
        for type_ in schema.get_possible_types(interface)
        for field in set(type_.fields) - set(interface.fields) - parts.get(type_.name, set())
    }


def _selected(selection: SelectionSetNode) -> set[str]:
    """The names of the fields, with those of `SessionFields` where that is a part."""
    selected = {part.name.value for part in selection.selections if isinstance(part, FieldNode)}
    if any(
        isinstance(part, FragmentSpreadNode) and part.name.value == "SessionFields" for part in selection.selections
    ):
        [shared] = parse(FRAGMENTS["SessionFields"]).definitions
        assert isinstance(shared, FragmentDefinitionNode)
        selected |= _selected(shared.selection_set)
    return selected

"""The values of each field that a viewer has seen, by the names of the fields in the schema."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Any, get_args

from graphql import GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType, GraphQLUnionType, get_named_type
from pydantic import BaseModel

from resolvers.root import schema
from schema.party import Invite, Member, Party, Reservation
from schema.player import Attribute, Player
from schema.session import Checkpoint, Endpoint, HostCandidate, Session, SessionHost, SessionSeat, SessionTicket
from schema.settings import PartySettings
from web.views import api_model

TYPES = schema._schema.type_map
VIEWS: dict[str, type[BaseModel]] = {
    type_.__name__: api_model(type_)
    for type_ in (
        *(Party, Member, Player, Attribute, PartySettings, Reservation, Invite),
        *(Session, SessionSeat, SessionHost, HostCandidate, Endpoint, SessionTicket, Checkpoint),
    )
}
"""The models of the views of REST and /updates, by the types of the schema that they derive from."""
RENAMED = {
    "Party.partyId": "Party.id",
    "Party.players": "Party.members",
    "Party.sessionId": "Party.session",
    "Party.leaderId": "Party.leader",
    "Member.playerId": "Member.player",
    "Member.displayName": "Player.displayName",
    "Player.playerId": "Player.id",
    "SessionSeat.playerId": "SessionSeat.player",
    "SessionSeat.displayName": "Player.displayName",
    "SessionHost.playerId": "SessionHost.player",
    "SessionHost.displayName": "Player.displayName",
    "HostCandidate.playerId": "HostCandidate.player",
    "HostCandidate.displayName": "Player.displayName",
    "Reservation.playerId": "Reservation.player",
    "Reservation.displayName": "Player.displayName",
    "Session.sessionId": "Session.id",
    "Session.partyId": "Session.party",
    "Session.party": "Session.players",
    "Session.ticket": "SessionStarted.ticket",
}
"""The schema fields of view fields that have other names, see web/views.py."""


class VisibleFields:
    """All values of each field in the responses to one viewer."""

    def __init__(self) -> None:
        self.values: defaultdict[str, list[Any]] = defaultdict(list)

    def sees(self, field: str) -> bool:
        """True if a value of the field was neither null nor an empty list."""
        return any(value is not None and value != [] for value in self.values.get(field, ()))

    def take(self, kind: GraphQLNamedType, value: Any) -> None:
        """Record a value of a GraphQL response."""
        if isinstance(value, list):
            for one in value:
                self.take(kind, one)
        elif isinstance(value, dict):
            actual = TYPES[value["__typename"]] if "__typename" in value else kind
            assert isinstance(actual, GraphQLObjectType)
            for key, inner in value.items():
                name = key.rpartition("_")[2]
                if key != "__typename":
                    self.values[owner(actual, name)].append(inner)
                    self.take(get_named_type(actual.fields[name].type), inner)

    def take_view(self, kind: str, value: Any) -> None:
        """Record a value of a REST response, or a part of an event of /updates."""
        if isinstance(value, list):
            for one in value:
                self.take_view(kind, one)
        elif isinstance(value, dict):
            for name, inner in value.items():
                self.values[schema_field_of(kind, name)].append(inner)
                part = part_of(kind, name)
                if part is not None:
                    self.take_view(part, inner)

    def take_update(self, frame: dict[str, Any]) -> None:
        """Record an event of /updates."""
        kind = TYPES[frame["type"]]
        assert isinstance(kind, GraphQLObjectType)
        for name, inner in frame.items():
            if name == "type":
                continue
            self.values[owner(kind, camel(name))].append(inner)
            self.take_view(get_named_type(kind.fields[camel(name)].type).name, inner)


def result_type(root: str, field: str) -> GraphQLNamedType:
    """The type of a root field, such as Query's `party`."""
    of = TYPES[root]
    assert isinstance(of, GraphQLObjectType)
    named: GraphQLNamedType = get_named_type(of.fields[field].type)
    return named


@cache
def document(root: str, field: str, *arguments: str) -> str:
    """An operation that selects everything of one root field. Its arguments are variables, so that a server parses it once."""
    of = TYPES[root]
    assert isinstance(of, GraphQLObjectType)
    asked = of.fields[field]
    declared = ", ".join(f"${name}: {asked.args[name].type}" for name in arguments)
    passed = ", ".join(f"{name}: ${name}" for name in arguments)
    selection = select_all(get_named_type(asked.type))
    if not arguments:
        return f"{root.lower()} {{ {field} {selection} }}"
    return f"{root.lower()} ({declared}) {{ {field}({passed}) {selection} }}"


def owner(kind: GraphQLObjectType, field: str) -> str:
    """The field as the table names it: what all events have is PartyEvent's."""
    of = next((parent for parent in kind.interfaces if field in parent.fields), kind)
    return f"{of.name}.{field}"


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def schema_field_of(kind: str, name: str) -> str:
    field = f"{kind}.{camel(name)}"
    return RENAMED.get(field, field)


def part_of(kind: str, name: str) -> str | None:
    """The type that a field of a shape holds, where it is another shape."""
    shape = VIEWS.get(kind)
    info = shape.model_fields.get(name) if shape is not None else None
    wanted = {info.annotation, *get_args(info.annotation)} if info is not None else set()
    return next((of for of, other in VIEWS.items() if other in wanted), None)


def select_all(kind: GraphQLNamedType, came_from: frozenset[str] = frozenset()) -> str:
    """A selection of all that there is, and of all in it. Parties have sessions, which have parties: where it came from it does
    not go again, and of the party of an invite the id is enough."""
    if isinstance(kind, GraphQLUnionType):
        return "{ __typename " + " ".join(f"... on {one.name} {select_all(one)}" for one in kind.types) + " }"
    if isinstance(kind, GraphQLInterfaceType):
        of = schema._schema.get_implementations(kind).objects
        own = " ".join(f"... on {one.name} {{ {_fields(one, came_from, kind)} }}" for one in of)
        return f"{{ __typename {_fields(kind, came_from)} {own} }}"
    return f"{{ {_fields(kind, came_from)} }}" if isinstance(kind, GraphQLObjectType) else ""


def _fields(
    kind: GraphQLObjectType | GraphQLInterfaceType,
    came_from: frozenset[str],
    parent: GraphQLInterfaceType | None = None,
) -> str:
    names = [name for name in kind.fields if parent is None or name not in parent.fields]
    if parent is None:
        return " ".join(_field(kind, name, came_from) for name in names) or "__typename"
    # Aliases, since fields of one name may differ in whether they can be null.
    return " ".join(f"{kind.name}_{name}: {_field(kind, name, came_from)}" for name in names) or "__typename"


def _field(kind: GraphQLObjectType | GraphQLInterfaceType, name: str, came_from: frozenset[str]) -> str:
    inner = get_named_type(kind.fields[name].type)
    if inner.name in came_from or (kind.name, name) == ("Invite", "party"):
        return f"{name} {{ id }}"
    return f"{name} {select_all(inner, came_from | ({kind.name} & {'Party', 'Session'}))}"

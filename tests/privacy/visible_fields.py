"""What an answer shows, field by field, by the names that fields have in the schema."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, get_args

from graphql import GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType, GraphQLUnionType, get_named_type
from pydantic import BaseModel

from lobby.http.shown.member import Member
from lobby.http.shown.party import Party
from lobby.http.shown.player import Attribute, Player
from lobby.http.shown.session import Endpoint, Session, Ticket
from lobby.http.shown.settings import Settings
from schema.root import schema

TYPES = schema._schema.type_map
SHAPES: dict[str, type[BaseModel]] = {
    "Party": Party,
    "Member": Member,
    "Player": Player,
    "Attribute": Attribute,
    "Session": Session,
    "Endpoint": Endpoint,
    "SessionTicket": Ticket,
    "PartySettings": Settings,
}
"""The shapes of REST and /updates, by the types whose facts they tell."""
OTHER_NAMES = {
    "Party.partyId": "Party.id",
    "Party.players": "Party.members",
    "Party.sessionId": "Party.session",
    "Party.leaderId": "Party.leader",
    "Member.playerId": "Member.player",
    "Member.displayName": "Player.displayName",
    "Player.playerId": "Player.id",
    "Session.sessionId": "Session.id",
    "Session.partyId": "Session.party",
    "Session.party": "Session.players",
    "Session.ticket": "SessionStarted.ticket",
}
"""Where REST says the same in another way."""


class Shown:
    """Every value that was seen of each field."""

    def __init__(self) -> None:
        self.values: defaultdict[str, list[Any]] = defaultdict(list)

    def sees(self, field: str) -> bool:
        """Whether there was anything in it: null and an empty list are nothing."""
        return any(value is not None and value != [] for value in self.values.get(field, ()))

    def take(self, kind: GraphQLNamedType, value: Any) -> None:
        """A value of the answer to a GraphQL operation."""
        if isinstance(value, list):
            for one in value:
                self.take(kind, one)
        elif isinstance(value, dict):
            actual = TYPES[value["__typename"]] if "__typename" in value else kind
            assert isinstance(actual, GraphQLObjectType)
            for name, inner in value.items():
                if name != "__typename":
                    self.values[owner(actual, name)].append(inner)
                    self.take(get_named_type(actual.fields[name].type), inner)

    def take_shape(self, kind: str, value: Any) -> None:
        """A value of an answer of REST, or within a frame of /updates."""
        if isinstance(value, list):
            for one in value:
                self.take_shape(kind, one)
        elif isinstance(value, dict):
            for name, inner in value.items():
                self.values[told_as(kind, name)].append(inner)
                part = part_of(kind, name)
                if part is not None:
                    self.take_shape(part, inner)

    def take_frame(self, frame: dict[str, Any]) -> None:
        """A frame of /updates."""
        kind = TYPES[frame["type"]]
        assert isinstance(kind, GraphQLObjectType)
        for name, inner in frame.items():
            if name == "type":
                continue
            self.values[owner(kind, camel(name))].append(inner)
            self.take_shape(get_named_type(kind.fields[camel(name)].type).name, inner)


def answered_by(root: str, field: str) -> GraphQLNamedType:
    """The type of a root field, such as Query's `party`."""
    of = TYPES[root]
    assert isinstance(of, GraphQLObjectType)
    named: GraphQLNamedType = get_named_type(of.fields[field].type)
    return named


def owner(kind: GraphQLObjectType, field: str) -> str:
    """The field as the table names it: what all events have is PartyEvent's."""
    of = next((parent for parent in kind.interfaces if field in parent.fields), kind)
    return f"{of.name}.{field}"


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def told_as(kind: str, name: str) -> str:
    field = f"{kind}.{camel(name)}"
    return OTHER_NAMES.get(field, field)


def part_of(kind: str, name: str) -> str | None:
    """The type that a field of a shape holds, where it is another shape."""
    shape = SHAPES.get(kind)
    info = shape.model_fields.get(name) if shape is not None else None
    wanted = {info.annotation, *get_args(info.annotation)} if info is not None else set()
    return next((of for of, other in SHAPES.items() if other in wanted), None)


def everything(kind: GraphQLNamedType, came_from: frozenset[str] = frozenset()) -> str:
    """A selection of all that there is, and of all in it. Parties have sessions, which have parties: where it came from it does
    not go again."""
    if isinstance(kind, GraphQLUnionType):
        return "{ __typename " + " ".join(f"... on {one.name} {everything(one)}" for one in kind.types) + " }"
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
    return " ".join(_field(kind, name, came_from) for name in names) or "__typename"


def _field(kind: GraphQLObjectType | GraphQLInterfaceType, name: str, came_from: frozenset[str]) -> str:
    inner = get_named_type(kind.fields[name].type)
    if inner.name in came_from:
        return f"{name} {{ id }}"
    return f"{name} {everything(inner, came_from | ({kind.name} & {'Party', 'Session'}))}"

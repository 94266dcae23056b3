"""The JSON objects of REST and `/updates`, derived from the types of the GraphQL schema.

`view(Party.of(party, viewer))` is the JSON object of a party as the viewer sees it: the fields of the GraphQL type in its order,
each read by its resolver. So a field that is new in the schema appears in REST and `/updates` too, and a field that is
private in GraphQL is private there. Names are in snake_case, words of enums in lower case, times are text (ISO 8601).
`DIFFERENCES` has the fields that differ by design; a field that is not in this table appears under its own name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

import strawberry
from pydantic import BaseModel, ConfigDict, Field, create_model
from strawberry.types import get_object_definition, has_object_definition
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.private import is_private

from lobby.auth.caller import public_id
from lobby.domain.party_settings import snake_case
from schema.party import Party
from schema.scalars_and_enums import ENUMS, Cursor, DateTime, format_time
from schema.session import Session, SessionTicket

View = dict[str, Any]
TIME_EXAMPLE = "2026-11-22T23:59:59.123Z"
_CAMEL_CASE = re.compile(r"`[a-z]+[A-Z]\w*`")
_ENUM_WORD = re.compile(r"\b[A-Z]{3,}(?:_[A-Z]+)*\b")
_ENUM_WORDS = {str(member.value) for enum in ENUMS for member in enum}


def view(source: object) -> View:
    """The JSON object of an object of the schema."""
    class_: Any = type(source)
    return {name: read(source) for name, read in _readers(class_)}


@cache
def _readers(class_: Any) -> tuple[tuple[str, Callable[[Any], object]], ...]:
    return tuple((field.name, field.read) for field in view_fields(class_))


def view_fields(class_: Any) -> tuple[ViewField, ...]:
    """The fields of the JSON object for a type of the schema. Raises TypeError for a field that cannot be derived."""
    fields: list[ViewField] = []
    for field in get_object_definition(class_, strict=True).fields:
        if is_private(field.type):
            continue
        place = f"{field.origin.__name__}.{field.python_name}" if field.origin else field.python_name
        fields += DIFFERENCES[place] if place in DIFFERENCES else (_derive(place, field),)
    return tuple(fields)


def _derive(place: str, field: StrawberryField) -> ViewField:
    resolver = field.base_resolver
    if resolver is not None and (resolver.is_async or resolver.info_parameter is not None):
        raise TypeError(
            f"{place} depends on the operation: say in DIFFERENCES, web/views.py, what REST and /updates send"
        )
    read = cast(Callable[[Any], Any], resolver.wrapped_func if resolver is not None else attrgetter(field.python_name))
    kind = _kind(place, field.type)
    description = describe(field.description) or None
    name = snake_case(field.graphql_name or field.python_name)
    return ViewField(name, kind.type, _chain(read, kind.convert), description, kind.example, kind.words)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How values of one type of the schema become JSON."""

    type: Any
    convert: Callable[[Any], object] | None = None
    """None: the value is JSON as it is."""
    example: object = None
    words: tuple[str, ...] = ()


_SCALARS: dict[object, _Kind] = {
    str: _Kind(str),
    int: _Kind(int),
    bool: _Kind(bool),
    Cursor: _Kind(str),
    strawberry.ID: _Kind(str, public_id),
    DateTime: _Kind(str, format_time, example=TIME_EXAMPLE),
}


def _kind(place: str, type_: object) -> _Kind:
    if isinstance(type_, StrawberryOptional):
        inner = _kind(place, type_.of_type)
        return _Kind(inner.type | None, _unless_none(inner.convert), inner.example, inner.words)
    if isinstance(type_, StrawberryList):
        inner = _kind(place, type_.of_type)
        return _Kind(list[inner.type], _for_each(inner.convert))  # type: ignore[name-defined]
    if isinstance(type_, StrawberryEnumDefinition):
        return _Kind(str, word, words=tuple(words(type_)))
    if isinstance(type_, type) and has_object_definition(type_):
        return _Kind(api_model(type_), view)
    if type_ not in _SCALARS:
        raise TypeError(f"{place} is of a type that web/views.py does not know: {type_}")
    return _SCALARS[type_]


def _chain(read: Callable[[Any], Any], convert: Callable[[Any], object] | None) -> Callable[[Any], object]:
    return read if convert is None else lambda source: convert(read(source))


def _unless_none(convert: Callable[[Any], object] | None) -> Callable[[Any], object] | None:
    return None if convert is None else lambda value: None if value is None else convert(value)


def _for_each(convert: Callable[[Any], object] | None) -> Callable[[Any], object] | None:
    return None if convert is None else lambda values: [convert(value) for value in values]


def words(type_: StrawberryEnumDefinition) -> list[str]:
    """All members of an enum, in lower case."""
    members: Any = type_.wrapped_cls
    return [word(member) for member in members]


def word(member: Enum) -> str:
    """A member of an enum, in lower case."""
    return str(member.value).lower()


def describe(description: str | None) -> str:
    """A description of the schema with the names and words of REST."""
    text = _CAMEL_CASE.sub(lambda found: snake_case(found[0]), description or "")
    return _ENUM_WORD.sub(lambda found: found[0].lower() if found[0] in _ENUM_WORDS else found[0], text)


# The differences by design between this JSON and the GraphQL schema, in one table.

PARTY_ID_EXAMPLE = "0b6c1f4e-8d1e-4c53-a8f7-61a6d8f0d2aa"
SESSION_ID_EXAMPLE = "7d0a3c7e-3f0b-4a51-9a5e-2f4c0c1d9b11"


@dataclass(frozen=True, slots=True)
class ViewField:
    """One field of a JSON object."""

    name: str
    type: Any
    """The type in the OpenAPI document, as pydantic reads it."""
    read: Callable[[Any], object]
    """The value, from an object of the GraphQL schema: text, a number, a bool, None, or a dict or list of these."""
    description: str | None = None
    example: object = None
    words: tuple[str, ...] = ()
    """All values of an enum, in lower case."""


def _ids(players: Any) -> list[str]:
    return [public_id(player.id) for player in players]


DIFFERENCES: dict[str, tuple[ViewField, ...]] = {
    "Player.id": (ViewField("player_id", str, lambda player: public_id(player.id), example="alice"),),
    "Member.player": (
        ViewField("player_id", str, lambda member: public_id(member.source.player.id)),
        ViewField("display_name", str, lambda member: member.source.player.display_name),
    ),
    "Party.id": (
        ViewField("party_id", str, lambda party: party.source.id, example=PARTY_ID_EXAMPLE),
        ViewField(
            "players",
            list[str],
            lambda party: _ids(member.player for member in party.source.members),
            "The ids of the members, in the order in which they joined.",
        ),
        ViewField(
            "session_id",
            str | None,
            lambda party: party.source.session.id if party.source.session is not None else None,
            "The session that is being started or runs.",
        ),
    ),
    "Party.leader": (
        ViewField(
            "leader_id",
            str | None,
            lambda party: public_id(party.source.leader_id) if party.source.leader_id is not None else None,
        ),
    ),
    "Party.member_count": (),
    # It depends on the operator's settings: `join_code` has what is in it.
    "Party.join_url": (),
    # Of GraphQL alone: it depends on the caller and on what the caller would join with.
    "Party.join_verdict": (),
    "Session.id": (
        ViewField("session_id", str, lambda session: session.source.id, example=SESSION_ID_EXAMPLE),
        ViewField("party_id", str, lambda session: session.source.party_id, example=PARTY_ID_EXAMPLE),
    ),
    "Session.party": (
        ViewField(
            "party", list[str], lambda session: _ids(session.source.players), "The ids of the players in the session."
        ),
    ),
    "Reservation.player": (
        ViewField("player_id", str, lambda held: public_id(held.player.id)),
        ViewField("display_name", str, lambda held: held.player.display_name),
    ),
    # An invite is shown inside its party.
    "Invite.party": (),
    "SessionSeat.player": (
        ViewField("player_id", str, lambda seat: public_id(seat.source.player.id)),
        ViewField("display_name", str, lambda seat: seat.source.player.display_name),
    ),
    "SessionHost.player": (
        ViewField("player_id", str, lambda host: public_id(host.source.player.id)),
        ViewField("display_name", str, lambda host: host.source.player.display_name),
    ),
    "HostCandidate.player": (
        ViewField("player_id", str, lambda candidate: public_id(candidate.source.id)),
        ViewField("display_name", str, lambda candidate: candidate.source.display_name),
    ),
    # The party of the message, or of the event.
    "Search.party": (),
    "Search.accepted": (
        ViewField(
            "accepted",
            list[str],
            lambda search: _ids(search.source.accepted),
            "The ids of the members of this party who have accepted the proposed match.",
        ),
    ),
    "Session.arrived": (
        ViewField(
            "arrived",
            list[str],
            lambda session: _ids(session.arrived()),
            "The ids of the players whom the game server has let in.",
        ),
    ),
    "Session.loaded": (
        ViewField(
            "loaded", list[str], lambda session: _ids(session.loaded()), "The ids of those whose game has loaded."
        ),
    ),
    "SessionGo.missing": (ViewField("missing", list[str], lambda event: _ids(event.missing())),),
    "Session.game_server_seen_at": (),
    "SettingsChanged.changed": (
        ViewField("changed", list[str], lambda event: [snake_case(name) for name in event.event.changed]),
    ),
    # Of GET /session/{session_id} alone: it depends on the caller, and takes time to make.
    "Session.receipt": (),
    # Added by the subscription, since it depends on the subscriber.
    "SessionStarted.ticket": (),
    "HostChanged.ticket": (),
    # Added after the fields of the event; heartbeats have no party.
    "PartyEvent.party": (),
}
"""By type and field of the schema: the JSON fields in its place. Without any, the field is left out."""

MODEL_NAMES = {"PartySettings": "Settings", "SessionTicket": "Ticket"}
"""The names of types in the OpenAPI document, where they are not those of GraphQL."""


# The models that describe the objects in the OpenAPI document.


class ApiModel(BaseModel):
    """A JSON object of a fixed shape: a value that is absent is null, never left out, so one flat class can read it."""

    model_config = ConfigDict(frozen=True)


@cache
def api_model(class_: Any) -> type[ApiModel]:
    """The model of the JSON object for a type of the schema."""
    name = MODEL_NAMES.get(class_.__name__, class_.__name__)
    fields: dict[str, Any] = {
        field.name: (field.type, Field(description=_description(field), examples=_examples(field)))
        for field in view_fields(class_)
    }
    model = create_model(
        name, __base__=ApiModel, __doc__=get_object_definition(class_, strict=True).description, **fields
    )
    return cast(type[ApiModel], model)


def _description(field: ViewField) -> str | None:
    one_of = f"One of {', '.join(f'`{name}`' for name in field.words)}." if field.words else None
    return " ".join(text for text in (field.description, one_of) if text) or None


def _examples(field: ViewField) -> list[Any] | None:
    return [field.example] if field.example is not None else None


if TYPE_CHECKING:
    PartyModel = ApiModel
    SessionModel = ApiModel
    TicketModel = ApiModel
else:
    PartyModel, SessionModel, TicketModel = (api_model(class_) for class_ in (Party, Session, SessionTicket))

"""The scalars DateTime and Cursor as text, the enums of the domain with their descriptions, and typed decorators for fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NewType, Protocol, TypeVar, cast

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.types.scalar import ScalarDefinition

from lobby.auth.tickets import Ticket
from lobby.domain.listing import PartySort
from lobby.domain.model import Party, Session
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import (
    CancelReason,
    CloseReason,
    Connection,
    GameType,
    HostChangeReason,
    Instant,
    InviteState,
    LeaderChangeReason,
    LeaveReason,
    PartyId,
    PartyState,
    ReservationReason,
    SearchCancelReason,
    SearchState,
    SessionId,
    SessionStatus,
    Visibility,
)
from lobby.live.frames import SnapshotReason
from lobby.live.lobby_feed import LobbyChange

if TYPE_CHECKING:
    from schema.results import Rejection

__all__ = [
    "ENUMS",
    "SCALARS",
    "CancelReason",
    "CloseReason",
    "Connection",
    "Cursor",
    "DateTime",
    "GameType",
    "HostChangeReason",
    "Info",
    "InviteState",
    "LeaderChangeReason",
    "LeaveReason",
    "LobbyChange",
    "PartySort",
    "PartyState",
    "RejectionCode",
    "ReservationReason",
    "RootFields",
    "SearchCancelReason",
    "SearchState",
    "SessionStatus",
    "SnapshotReason",
    "Viewer",
    "Visibility",
    "described",
    "format_time",
    "parse_time",
]

DateTime = NewType("DateTime", int)
"""An `Instant`: milliseconds since 1970. In JSON it is text."""
Cursor = NewType("Cursor", str)


def format_time(at: Instant) -> str:
    """ISO 8601 in UTC with milliseconds: 2026-11-22T23:59:59.123Z."""
    seconds, milliseconds = divmod(at, 1_000)
    return f"{_format_second(seconds)}.{milliseconds:03}Z"


@lru_cache(1_024)
def _format_second(seconds: int) -> str:
    """Most times of an event are of the same second."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().removesuffix("+00:00")


def parse_time(text: object) -> DateTime:
    """Raises ValueError for text that is no time with an offset from UTC, and for other types."""
    if not isinstance(text, str):
        raise ValueError("a DateTime is a string such as 2026-11-22T23:59:59.123Z")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a DateTime names its offset from UTC")
    return DateTime(round(moment.timestamp() * 1000))


def _parse_cursor(text: object) -> Cursor:
    if not isinstance(text, str):
        raise ValueError("a Cursor is a string")
    return Cursor(text)


SCALARS: dict[object, ScalarDefinition] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="ISO 8601, UTC, milliseconds: 2026-11-22T23:59:59.123Z.",
        serialize=format_time,
        parse_value=parse_time,
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description=(
            "Opaque resume position in one party's event log. It carries the log's epoch and a sequence number; "
            "compare for equality only."
        ),
        serialize=str,
        parse_value=_parse_cursor,
    ),
}

ENUMS: dict[type[Enum], str | None] = {
    CancelReason: None,
    CloseReason: None,
    Connection: "Whether a member is connected. A DISCONNECTED member keeps the seat until `removeAt`.",
    GameType: None,
    InviteState: "An invite is PENDING until one of the others ends it: exactly one does.",
    HostChangeReason: "Why the host or the candidate is gone. HOST_SILENT: the candidate reported no endpoint in time.",
    LeaderChangeReason: None,
    LeaveReason: None,
    LobbyChange: None,
    PartySort: "FULLEST and EMPTIEST: parties with equally many members come oldest first.",
    PartyState: (
        "WAITING: gathering. STARTING: counting down or allocating; joins are refused with PARTY_STARTING. "
        "IN_PROGRESS: a session runs. CLOSED: terminal."
    ),
    RejectionCode: None,
    ReservationReason: "Why a seat is held for a player.",
    SearchCancelReason: (
        "Why a search was cancelled. ROSTER_CHANGED: the members or the settings of the party have changed. NOT_ACCEPTED: a "
        "member of the party declined the proposed match, or did not answer in time."
    ),
    SearchState: (
        "SEARCHING. PROPOSED: a match is found, and each player has 15 seconds unless set to accept it. MATCHED: all have, and "
        "the parties have become one. CANCELLED, EXPIRED: ended without a match."
    ),
    SessionStatus: (
        "WAITING: created, counting down or allocating. ABANDONED: the game server stopped calling, everyone left, or no new "
        "host was found."
    ),
    SnapshotReason: None,
    Visibility: (
        "PUBLIC parties are listed, and joined by id or code. PRIVATE parties are joined by code, INVITE_ONLY parties by invite "
        "alone. Neither is listed, and for players who are not members or invited they do not exist."
    ),
}
"""All enums of the schema, with their descriptions."""

VALUES: dict[Enum, str] = {
    CloseReason.MODERATED: "By a moderator.",
    LeaveReason.REMOVED: "By a moderator.",
    Visibility.INVITE_ONLY: "Neither listed nor joined by code or id: by invitation alone, or on a seat that is held.",
}
"""Descriptions of values."""

for enum, description in ENUMS.items():
    strawberry.enum(enum, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = VALUES.get(enum(value.value))

Resolver = TypeVar("Resolver", bound=Callable[..., object])


class Viewer(Protocol):
    """The part of the resolvers' context that fields see."""

    async def ticket(self, party_id: PartyId, session_id: SessionId | None) -> Ticket | None:
        """A fresh ticket of the caller into that session, while the session runs with the caller inside; else None."""

    async def receipt(self, party: Party, session: Session) -> str | None:
        """The receipt of a session that has ended, for a caller who was in it; else None."""

    async def join_verdict(
        self, party: Party, character_class: str | None, client_version: str | None
    ) -> Rejection | None:
        """The rejection that the caller would get on joining `party` as it is; None for a success."""

    def join_url(self, party: Party) -> str | None:
        """The link by which others join the party, the same for all callers; None if the operator has set no form for it."""


Info = strawberry.Info[Viewer, None]
"""The `info` argument. Only few fields take it: the value of such a field depends on the caller, so responses with it are not
shared."""


def described(description: str, name: str | None = None) -> Callable[[Resolver], Resolver]:
    """A field of a type, with its description. `name`: in the schema, where it can't be that of the method."""
    return cast(Callable[[Resolver], Resolver], strawberry.field(description=description, name=name))


class RootFields:
    """The fields that one module adds to a root type of the schema. Each is declared at its resolver."""

    def __init__(self) -> None:
        self.fields: list[StrawberryField] = []

    def add(self, description: str | None = None) -> Callable[[Resolver], Resolver]:
        """The decorated resolver becomes a field by the same name."""

        def add(resolver: Resolver) -> Resolver:
            field: Any = strawberry.field(resolver=resolver, description=description)
            self.fields.append(field)
            return resolver

        return add

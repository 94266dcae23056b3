"""The events of a party and the results of a mutation, in the style of the guide of Strawberry."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from tools.bench.servers.guide_party import Cursor, Member, Party, Player, Session, SessionTicket


@strawberry.interface
class PartyEvent:
    seq: int
    cursor: Cursor
    at: datetime
    actor_id: strawberry.ID | None
    party: Party


@strawberry.type
class PartySnapshot(PartyEvent):
    reason: str


@strawberry.type
class SettingsChanged(PartyEvent):
    changed: list[str]


@strawberry.type
class MemberJoined(PartyEvent):
    member: Member


@strawberry.type
class MemberLeft(PartyEvent):
    player: Player
    leave_reason: str


@strawberry.type
class MemberUpdated(PartyEvent):
    member: Member


@strawberry.type
class MemberConnectionChanged(PartyEvent):
    member: Member


@strawberry.type
class LeaderChanged(PartyEvent):
    previous: Player | None
    leader: Player
    leader_reason: str
    term: int


@strawberry.type
class CountdownStarted(PartyEvent):
    session: Session
    starts_at: datetime


@strawberry.type
class CountdownCancelled(PartyEvent):
    cancel_reason: str


@strawberry.type
class SessionStarted(PartyEvent):
    session: Session
    ticket: SessionTicket | None


@strawberry.type
class SessionUpdated(PartyEvent):
    session: Session


@strawberry.type
class SessionEnded(PartyEvent):
    session: Session


@strawberry.type
class MessagePosted(PartyEvent):
    author: Player
    text: str


@strawberry.type
class PartyClosed(PartyEvent):
    close_reason: str


@strawberry.type
class Heartbeat(PartyEvent):
    reconnect_after_ms: int | None


@strawberry.type
class Removed(PartyEvent):
    leave_reason: str
    retry_at: datetime | None


@strawberry.type
class PartyChanged:
    party: Party
    seq: int
    replayed: bool = False
    ticket: SessionTicket | None = None


@strawberry.type
class Rejection:
    code: str
    message: str
    field: str | None = None
    retryable: bool = False
    retry_after_ms: int | None = None
    attempts_left: int | None = None
    current: Party | None = None


PartyResult = Annotated[PartyChanged | Rejection, strawberry.union("PartyResult")]

KINDS = [
    PartySnapshot,
    SettingsChanged,
    MemberJoined,
    MemberLeft,
    MemberUpdated,
    MemberConnectionChanged,
    LeaderChanged,
    CountdownStarted,
    CountdownCancelled,
    SessionStarted,
    SessionUpdated,
    SessionEnded,
    MessagePosted,
    PartyClosed,
    Heartbeat,
    Removed,
]
"""For `strawberry.Schema(types=...)`: no field returns these types, only their interface."""

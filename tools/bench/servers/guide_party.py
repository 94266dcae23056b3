"""A party in the style of the guide of Strawberry: types with plain fields."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

Cursor = NewType("Cursor", str)
SCALARS: dict[object, ScalarDefinition] = {Cursor: strawberry.scalar(name="Cursor")}


@strawberry.enum
class GameType(Enum):
    SOLO = "SOLO"
    COOP = "COOP"
    PVP = "PVP"


@strawberry.enum
class Visibility(Enum):
    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"


@strawberry.enum
class PartyState(Enum):
    WAITING = "WAITING"
    STARTING = "STARTING"
    IN_PROGRESS = "IN_PROGRESS"
    CLOSED = "CLOSED"


@strawberry.enum
class Connection(Enum):
    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"


@strawberry.enum
class SessionStatus(Enum):
    WAITING = "WAITING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    ABANDONED = "ABANDONED"


@strawberry.type
class Player:
    id: strawberry.ID
    display_name: str


@strawberry.type
class Attribute:
    key: str
    value: str


@strawberry.type
class Member:
    player: Player
    is_leader: bool
    character_class: str | None
    ready: bool = False
    connection: Connection = Connection.CONNECTED
    remove_at: datetime | None = None
    late_join: bool = False
    attributes: list[Attribute] = strawberry.field(default_factory=list)


@strawberry.type
class PartySettings:
    name: str
    game_type: GameType
    difficulty: str
    max_members: int
    visibility: Visibility = Visibility.PUBLIC
    has_password: bool = False
    locked: bool = False
    allow_late_join: bool = True
    allow_force_start: bool = True
    unique_classes: bool = False
    countdown_seconds: int = 5
    version: int = 1


@strawberry.type
class Endpoint:
    protocol: str
    address: str | None = None
    port: int | None = None
    relay_code: str | None = None


@strawberry.type
class SessionTicket:
    token: str
    expires_at: datetime


@strawberry.type
class Session:
    id: strawberry.ID
    status: SessionStatus
    game_type: GameType
    difficulty: str
    floor: int
    players: list[Player]
    attributes: list[Attribute]
    endpoint: Endpoint | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None


@strawberry.type
class Party:
    id: strawberry.ID
    version: int
    cursor: Cursor
    settings: PartySettings
    members: list[Member]
    attributes: list[Attribute]
    join_code: str | None
    state: PartyState = PartyState.WAITING
    session: Session | None = None
    starts_at: datetime | None = None

    @strawberry.field
    def member_count(self) -> int:
        return len(self.members)

    @strawberry.field
    def free_seats(self) -> int:
        return self.settings.max_members - len(self.members)

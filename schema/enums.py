"""The words with a fixed set of meanings: the domain's own, given to GraphQL with their descriptions."""

from __future__ import annotations

import strawberry

from lobby.domain.listing import PartySort
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import (
    CancelReason,
    CloseReason,
    Connection,
    GameType,
    LeaderChangeReason,
    LeaveReason,
    PartyState,
    SessionStatus,
    Visibility,
)
from lobby.live.frames import SnapshotReason
from lobby.live.lobby_feed import LobbyChange

__all__ = [
    "CancelReason",
    "CloseReason",
    "Connection",
    "GameType",
    "LeaderChangeReason",
    "LeaveReason",
    "LobbyChange",
    "PartySort",
    "PartyState",
    "RejectionCode",
    "SessionStatus",
    "SnapshotReason",
    "Visibility",
]

for plain in (
    GameType,
    LeaveReason,
    LeaderChangeReason,
    CancelReason,
    CloseReason,
    SnapshotReason,
    LobbyChange,
    RejectionCode,
):
    strawberry.enum(plain)

strawberry.enum(
    Visibility,
    description=(
        "PUBLIC parties are listed, and joined by id or code; PRIVATE ones by join code only: to anyone who is not a "
        "member they do not exist."
    ),
)
strawberry.enum(
    PartyState,
    description=(
        "WAITING: gathering. STARTING: counting down or allocating; joins are refused with PARTY_STARTING. "
        "IN_PROGRESS: a session runs. CLOSED: terminal."
    ),
)
strawberry.enum(Connection, description="A member's link to the server. DISCONNECTED keeps the seat until `removeAt`.")
strawberry.enum(
    SessionStatus,
    description=(
        "WAITING: created, counting down or allocating. ABANDONED: the game server fell silent, or everyone left."
    ),
)
strawberry.enum(PartySort, description="FULLEST and EMPTIEST: among parties with as many members the oldest first.")

"""What a follower of a party gets besides the entries of the log: frames about the stream itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.values import Instant, LeaveReason, PlayerId


class SnapshotReason(Enum):
    SUBSCRIBED = "SUBSCRIBED"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    FELL_BEHIND = "FELL_BEHIND"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The party as it stands: the stream had nothing to resume from, or skipped to the present."""

    party: Party
    at: Instant
    reason: SnapshotReason


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing happened for a while; or, with `reconnect_after_ms`, the server is going down."""

    party: Party
    at: Instant
    reconnect_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """The follower is no longer in the party: the last frame. `party` stands as it was left."""

    party: Party
    at: Instant
    player_id: PlayerId
    reason: LeaveReason
    retry_at: Instant | None


Frame = Entry | Snapshot | Heartbeat | Removed

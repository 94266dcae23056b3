"""The frames that followers of a party or an inbox receive: entries of the log, and frames about the stream itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from lobby.domain.events import Entry
from lobby.domain.inbox import Inbox, InboxEntry
from lobby.domain.model import Invite, Party
from lobby.domain.values import Instant, LeaveReason, PlayerId


class SnapshotReason(Enum):
    """Why a stream continues with a snapshot instead of the entry after the follower's cursor."""

    SUBSCRIBED = "SUBSCRIBED"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    FELL_BEHIND = "FELL_BEHIND"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The party as it is now: there was no cursor to resume from, or the follower was too far behind."""

    party: Party
    at: Instant
    reason: SnapshotReason


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing has happened for a while. With `reconnect_after_ms` it is the last frame before the server stops."""

    party: Party
    at: Instant
    reconnect_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """The last frame: the follower is no longer in the party. `party` is the party right after the follower left it."""

    party: Party
    at: Instant
    player_id: PlayerId
    reason: LeaveReason
    retry_at: Instant | None
    """When a kicked player may join again."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Words of the operators to all members. It is no entry of the log."""

    party: Party
    at: Instant
    text: str


Frame = Entry | Snapshot | Heartbeat | Announcement | Removed
"""A frame of a party's stream."""


class InviteToParty(Protocol):
    """An invite with the party that it is to."""

    @property
    def invite(self) -> Invite: ...

    @property
    def party(self) -> Party: ...


@dataclass(frozen=True, slots=True)
class InboxSnapshot:
    """The state of an inbox, sent if there was no cursor to resume from, or the follower was too far behind."""

    inbox: Inbox
    at: Instant
    invites: Sequence[InviteToParty]
    """The pending invites of the player."""
    party: Party | None
    """The party that the player is in."""


@dataclass(frozen=True, slots=True)
class InboxHeartbeat:
    """As `Heartbeat`."""

    inbox: Inbox
    at: Instant
    reconnect_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class InboxUpdate:
    """An entry of an inbox, and the party that it is about as that is now; None: it is about no party."""

    entry: InboxEntry
    party: Party | None = None

    @property
    def inbox(self) -> Inbox:
        return self.entry.inbox

    @property
    def at(self) -> Instant:
        return self.entry.at


InboxFrame = InboxUpdate | InboxSnapshot | InboxHeartbeat
"""A frame of the stream of an inbox."""

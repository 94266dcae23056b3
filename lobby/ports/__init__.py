"""Protocols of the services that the core needs. Each docstring says what is atomic, in which order, and how it fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from lobby.domain.values import Instant, PlayerId
from lobby.ports.allocator import Allocation, AllocationFailed, AllocationPending, Allocator, EndedSession
from lobby.ports.blocks import Blocks
from lobby.ports.cluster_presence import ClusterPresence, HeartbeatReply, PresenceLease
from lobby.ports.event_outbox import EventOutbox, OutboxCounts, SentEntries, WaitingLog
from lobby.ports.identities import Identities
from lobby.ports.inboxes import Inboxes, InboxListener, LogTrimmed
from lobby.ports.moderation import Moderation
from lobby.ports.saved_runs import RunPosition, SavedRuns
from lobby.ports.searches import SearchChanges, Searches, SearchPosition
from lobby.ports.store import (
    INVITES_LISTED_MAX,
    TAKE_LEASE_MS,
    BadPageCursor,
    Change,
    Commit,
    Conflict,
    IdempotencyRecord,
    NumberedParty,
    Page,
    PartyQuery,
    RefreshFamily,
    Retention,
    SessionQuery,
    Store,
    StoreCounts,
    Unavailable,
)

__all__ = [
    "INVITES_LISTED_MAX",
    "TAKE_LEASE_MS",
    "AdjustableClock",
    "Allocation",
    "AllocationFailed",
    "AllocationPending",
    "Allocator",
    "BadPageCursor",
    "Blocks",
    "Change",
    "Channel",
    "Clock",
    "ClusterPresence",
    "Commit",
    "Conflict",
    "EndedSession",
    "EventOutbox",
    "HeartbeatReply",
    "HintPublisher",
    "IdempotencyRecord",
    "Identities",
    "InboxListener",
    "Inboxes",
    "LogTrimmed",
    "Moderation",
    "NumberedParty",
    "OutboxCounts",
    "Page",
    "PartyQuery",
    "PlayerConnections",
    "PresenceLease",
    "RefreshFamily",
    "Retention",
    "RunPosition",
    "SavedRuns",
    "SearchChanges",
    "SearchPosition",
    "Searches",
    "SentEntries",
    "SessionQuery",
    "Store",
    "StoreCounts",
    "TextFilter",
    "Unavailable",
    "WaitingLog",
]

Item_contra = TypeVar("Item_contra", contravariant=True)


class Clock(Protocol):
    """The time."""

    def now(self) -> Instant:
        """The server's time in milliseconds since 1970; it never goes back within one process."""


class AdjustableClock(Clock, Protocol):
    """The time, which a store corrects when it is opened, and while it is open."""

    def carry_on(self, at: Instant) -> None:
        """Never show less than `at`: the newest time that an earlier process has stored."""

    def follow(self, at: Instant) -> None:
        """Follow a clock that nodes share, which shows `at` now."""


class PlayerConnections(Protocol):
    """Which players are connected now, on any node."""

    async def is_connected_to_inbox(self, player_id: PlayerId) -> bool:
        """True if the player would learn of a seat that is held now. May raise `Unavailable`."""


class TextFilter(Protocol):
    """Decides if texts that players write may be shown to others. The default refuses nothing."""

    async def first_refused(self, texts: Sequence[str], author_id: PlayerId | None) -> int | None:
        """The index of the first of `texts` that may not be shown; None if all may.

        Never raises, and answers in a bounded time. `author_id`: None for the name of a player who is about to sign in.
        """

    async def close(self) -> None:
        """Release connections."""


class HintPublisher(Protocol):
    """Hints that a log has grown: that of a party, or an inbox. `lobby.live.hint_bus` sends them to all nodes."""

    async def publish(self, log_id: str, seq: int) -> None:
        """Hint to all nodes that a log has reached `seq`; `log_id` is the id of a party, or that of an inbox (`lobby.live.logs`).
        Never raises: a lost hint only costs latency, because followers also poll."""


class Channel(Protocol[Item_contra]):
    """The way to one follower, for as long as its client keeps up: new frames reach it without a task that waits for them."""

    def try_send(self, item: Item_contra) -> bool:
        """Send an item at once, after all that were sent before. Never waits, never raises.

        False: nothing was sent, because the channel is full or closing, or because the follower has to make this item by
        itself. Then the follower goes back to pulling.
        """

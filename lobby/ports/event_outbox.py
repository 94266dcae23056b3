"""The part of a store that knows which log entries are still to be sent to the operator's webhook (`lobby.live.event_sender`).

The logs of the parties are the queue, and a row of the outbox is a position in one of them. A commit writes the row together with
its entries, so that no entry is missing. Nothing is kept twice: what the log no longer keeps can't be sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lobby.domain.values import Instant, PartyId
from lobby.struct import Struct


class WaitingLog(Struct):
    """A party with entries that were not sent: those after `sent_seq`."""

    party_id: PartyId
    sent_seq: int
    replayed_at: Instant = 0
    """When a replay was last asked for while the party waited; 0: never."""


class SentEntries(Struct):
    """The entries of a party up to `seq` no longer have to be sent."""

    before: WaitingLog
    """As the outbox had it. If it has something else by now, nothing changes: what was sent before a replay is sent again."""
    seq: int
    retry_at: Instant | None = None
    """When the next entry may be sent, if it could not be sent now. None: at once."""


class OutboxCounts(Struct):
    """How much waits."""

    parties: int = 0
    """Parties with entries that were not sent."""
    oldest_at: Instant | None = None
    """When the oldest of these entries was written. None: nothing waits."""


class EventOutbox(Protocol):
    """All of it is durable. Every method may raise `Unavailable`. The outbox of a store that was opened without
    `sends_events` gets no rows from commits."""

    async def due(self, at: Instant, limit: int) -> Sequence[WaitingLog]:
        """Up to `limit` parties whose next entry may be sent at `at`: those that are due for the longest time come first."""

    async def record(self, sent: Sequence[SentEntries]) -> None:
        """Remember what was sent, at most one item for a party."""

    async def replay(self, since: Instant, at: Instant, party_id: PartyId | None = None) -> int:
        """Send all entries again that were written at or after `since` and are kept; `party_id`: only those of this party.
        They are due from `at` on.

        Returns how many parties have such entries. This reads the log of every party: about a second for each GB. Commits do
        not wait for that.
        """

    async def counts(self) -> OutboxCounts: ...

"""The part of a store for moderation: bans, reports, maintenance, and the log of the moderators' acts.

The log also carries acts from node to node: each node reads it from the number that it has seen, and follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lobby.domain.moderation import Maintenance, ModerationEntry, ModerationWrite, PlayerBan, Report
from lobby.domain.values import Instant, PlayerId


class Moderation(Protocol):
    """All of it is durable. Every method may raise `Unavailable`. Lists are newest first, except `acts_after`."""

    async def record(self, write: ModerationWrite) -> ModerationEntry:
        """Append the entry of `write` to the log, and change what it changes, in one step. Returns the entry with its number.

        Raises:
            Conflict: an entry of the same moderator has this key. Nothing was stored.
        """

    async def find_act(self, by: str, key: str) -> ModerationEntry | None:
        """The entry of the moderator with this idempotency key."""

    async def last_act(self) -> int:
        """The number of the latest entry; 0 if the log is empty."""

    async def acts_after(self, number: int, limit: int) -> Sequence[ModerationEntry]:
        """Up to `limit` entries after `number` that are kept, the oldest first."""

    async def acts_before(self, number: int | None, limit: int) -> Sequence[ModerationEntry]:
        """Up to `limit` entries before `number`; None: the latest."""

    async def ban(self, player_id: PlayerId) -> PlayerBan | None:
        """The ban of the player, also an expired one that is still kept."""

    async def bans_before(self, number: int | None, limit: int) -> Sequence[PlayerBan]:
        """Up to `limit` bans with a `PlayerBan.number` below `number`; None: the latest."""

    async def maintenance(self) -> Maintenance | None:
        """The maintenance that is announced or has begun."""

    async def add_report(self, report: Report) -> Report:
        """Keep `report`, and return it; or the earlier report with the same subject, or with the same reporter and key."""

    async def report(self, report_id: str) -> Report | None:
        """A report that is kept."""

    async def reports_before(self, report_id: str | None, limit: int, unresolved: bool) -> Sequence[Report]:
        """Up to `limit` reports that came before the report `report_id`; None: the latest. Empty for an unknown id."""

    async def remember_device(self, player_id: PlayerId, device: str, expires_at: Instant) -> None:
        """The digest of the device on which a guest has signed in."""

    async def device_of(self, player_id: PlayerId) -> str | None:
        """The digest, while it is kept. None also for a guest whose client has not said it."""

    async def sweep(self, at: Instant) -> None:
        """Drop bans and devices that have expired, and acts and resolved reports older than `Retention.moderation_ms`: a bounded
        amount."""

    async def erase(self, player_id: PlayerId, stand_in: str) -> None:
        """Remove the player: drop the ban, the device and the reports about the player. Everywhere else the id `stand_in`,
        without a name, takes the place of the player."""

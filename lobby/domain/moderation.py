"""The acts of moderators: bans, reports, maintenance, and the log of their acts. Plain values, which stores write as JSON."""

from __future__ import annotations

from lobby.domain.model import Party, Player
from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.struct import Struct

REASON_CHARS_MAX = 500
"""Of a ban, a report, a resolution; and of an announcement."""
REPORT_MESSAGES_MAX = 20
"""Messages that a report keeps: the reported message, and those around it."""
BANS_MAX = 100_000
"""Bans at the same time. Each node has all of them in memory."""


class PlayerBan(Struct):
    """A player who may not sign in or do anything until `until`; None: without end. `number`: of the act in the log."""

    player: Player
    until: Instant | None
    reason: str
    since: Instant
    by: str
    number: int = 0
    device: str | None = None
    """The digest of the device of a guest: until then no new guest may sign in there."""

    def holds_at(self, at: Instant) -> bool:
        return self.until is None or at < self.until


class Maintenance(Struct):
    """From `starts_at` on there are no new parties, searches and starts."""

    starts_at: Instant
    text: str | None = None


class ReportedMessage(Struct):
    """A message as it was in the log of the party."""

    seq: int
    at: Instant
    author: Player
    text: str


class Report(Struct):
    """A player's report about another player of the same party. It outlives the log of the party."""

    id: str
    party: Party
    """The party at the time of the report."""
    reporter: Player
    player: Player
    reason: str
    at: Instant
    seq: int | None = None
    """The message meant."""
    messages: tuple[ReportedMessage, ...] = ()
    key: str | None = None
    """The idempotency key of the request."""
    fingerprint: bytes = b""
    resolved_at: Instant | None = None
    resolution: str | None = None

    @property
    def subject(self) -> tuple[PlayerId, PlayerId, PartyId]:
        """A player reports another one once in a party."""
        return self.reporter.id, self.player.id, self.party.id


class ModerationEntry(Struct):
    """One act of a moderator, or a look of an operator. `number` counts the acts from 1."""

    at: Instant
    by: str
    """The name of the key of the moderator."""
    action: str
    """The name of the mutation; or `viewParty`, see `lobby.app.private_views`."""
    key: str
    """The idempotency key, or a random one. No two entries have the same `by` and `key`."""
    fingerprint: bytes = b""
    player_id: PlayerId | None = None
    party_id: PartyId | None = None
    detail: str | None = None
    """The reason, or the text."""
    erased: str | None = None
    """Only of an erasure: the digest of the id of the player, whose tokens are refused from now on."""
    number: int = 0


class ModerationWrite(Struct):
    """An act, and what it changes: all or nothing."""

    entry: ModerationEntry
    ban: PlayerBan | None = None
    unbanned: PlayerId | None = None
    sets_maintenance: bool = False
    maintenance: Maintenance | None = None
    resolved: Report | None = None
    """The report as it is from now on."""

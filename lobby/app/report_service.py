"""Reports of players about other players of their party. A report keeps the messages that it is about."""

from __future__ import annotations

from collections.abc import Sequence

from lobby.app.command_handler import CommandHandler
from lobby.app.idempotency import IdempotencyKey
from lobby.app.moderation_service import KEY_REUSED
from lobby.domain import text
from lobby.domain.events import Entry, MessagePosted
from lobby.domain.identities import unnamed
from lobby.domain.model import Party, Player
from lobby.domain.moderation import REPORT_MESSAGES_MAX, Report, ReportedMessage
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode, invalid
from lobby.domain.sizes import party_bytes
from lobby.domain.values import PartyId, PlayerId
from lobby.ports import LogTrimmed
from lobby.runtime.ids import new_id
from lobby.struct import Struct, replace

ENTRIES_READ_MAX = 100
"""Entries of the log that are read to find messages, before and after the reported message."""
REPORT_BYTES = 2_000
"""About the bytes that a report takes besides the party and the messages."""
MESSAGE_BYTES = 300
"""Those of a message besides its text."""


class Reported(Struct):
    report_id: str
    replayed: bool = False


class ReportService:
    def __init__(self, handler: CommandHandler) -> None:
        self._handler = handler
        self._store = handler.store

    async def report(
        self,
        actor: Player,
        party_id: PartyId,
        player_id: PlayerId,
        seq: int | None,
        reason: str,
        key: IdempotencyKey | None,
    ) -> Reported | Rejection:
        """Report a player of the same party, once. Both may have left it. `seq`: of the reported message."""

        async def attempt() -> Reported | Rejection | None:
            report = await self._prepare(actor, party_id, player_id, seq, reason)
            if isinstance(report, Rejection):
                return report
            if key is not None:
                report = replace(report, key=key.key, fingerprint=key.fingerprint)
            kept = await self._store.moderation.add_report(report)
            if kept.id == report.id:
                self._handler.charge_bytes(actor.id, _bytes_of(report))
                return Reported(kept.id)
            if key is not None and kept.key == key.key and kept.fingerprint != key.fingerprint:
                return KEY_REUSED
            return Reported(kept.id, replayed=True)

        async def find_earlier() -> Reported | Rejection | None:
            return None

        return await self._handler.run_once(attempt, find_earlier, actor.id, "report_player")

    async def _prepare(
        self, actor: Player, party_id: PartyId, player_id: PlayerId, seq: int | None, reason: str
    ) -> Report | Rejection:
        checked = text.normalize_message("reason", reason)
        if isinstance(checked, Rejection):
            return checked
        party = await self._store.party(party_id)
        first_seq = party.first_seq_of(actor.id) if party is not None else None
        if party is None or first_seq is None:
            return NOT_FOUND
        if player_id == actor.id:
            return invalid("player_id", "Name another player, not yourself.")
        player = _find_player(party, player_id)
        if player is None:
            return Rejection(RejectionCode.NOT_MEMBER, "That player was not in the party.", field="player_id")
        entries = await self._entries_around(party, seq)
        if seq is not None and not any(_is_message_of(entry, seq, player_id, first_seq) for entry in entries):
            return invalid("seq", "Must be the seq of a message of that player that you could see.")
        messages = _messages_around([each for each in entries if each.seq >= first_seq], seq)
        return Report(new_id(), party, actor, player, checked, self._handler.clock.now(), seq, messages)

    async def _entries_around(self, party: Party, seq: int | None) -> Sequence[Entry]:
        """The entries around `seq`, or the latest ones."""
        if seq is not None and not 1 <= seq <= party.version:
            return ()
        middle = seq if seq is not None else party.version
        after = max(0, middle - ENTRIES_READ_MAX)
        try:
            return await self._store.entries(party.id, after, 2 * ENTRIES_READ_MAX)
        except LogTrimmed:
            oldest = await self._store.oldest_seq(party.id)
            return await self._store.entries(party.id, max(after, oldest - 1), 2 * ENTRIES_READ_MAX)


def _bytes_of(report: Report) -> int:
    texts = sum(MESSAGE_BYTES + len(message.text.encode()) for message in report.messages)
    return REPORT_BYTES + party_bytes(report.party) + texts


def _find_player(party: Party, player_id: PlayerId) -> Player | None:
    member = party.member(player_id)
    if member is not None:
        return member.player
    departure = party.departure(player_id)
    if departure is None:
        return None
    return Player(player_id, departure.display_name) if departure.display_name else unnamed(player_id)


def _is_message_of(entry: Entry, seq: int, player_id: PlayerId, first_seq: int) -> bool:
    event = entry.event
    return entry.seq == seq >= first_seq and isinstance(event, MessagePosted) and event.author.id == player_id


def _messages_around(entries: Sequence[Entry], seq: int | None) -> tuple[ReportedMessage, ...]:
    """Up to `REPORT_MESSAGES_MAX` messages, those nearest to `seq`; None: the latest ones."""
    messages = [
        ReportedMessage(entry.seq, entry.at, entry.event.author, entry.event.text)
        for entry in entries
        if isinstance(entry.event, MessagePosted)
    ]
    if seq is None:
        return tuple(messages[-REPORT_MESSAGES_MAX:])
    at = next((index for index, message in enumerate(messages) if message.seq == seq), 0)
    start = max(0, min(at - REPORT_MESSAGES_MAX // 2, len(messages) - REPORT_MESSAGES_MAX))
    return tuple(messages[start : start + REPORT_MESSAGES_MAX])

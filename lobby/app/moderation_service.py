"""The acts of moderators. Each is an entry of the log of moderation, happens once by its key, and takes effect on all nodes.

The entry is stored first, with the ban or the maintenance. Its consequences in parties are carried out after that by this node,
and again by every other node that reads the entry (`lobby.live.moderation_watch`), so that a node that dies leaves nothing half
done. To do it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from lobby.app.command_handler import MODERATORS, UNAVAILABLE, CommandHandler
from lobby.app.idempotency import IdempotencyKey
from lobby.app.moderation_view import ModerationView
from lobby.app.player_names import ERASED, PlayerNames
from lobby.app.player_records import PlayerRecords
from lobby.domain import text
from lobby.domain.blocks import PLAYER_ID_CHARS_MAX
from lobby.domain.moderation import (
    REASON_CHARS_MAX,
    Maintenance,
    ModerationEntry,
    ModerationWrite,
    PlayerBan,
    Report,
)
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode, invalid
from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.domain.viewer_access import OPERATORS
from lobby.ports import Conflict, Unavailable
from lobby.runtime.ids import new_id
from lobby.struct import Struct, replace

CarryOut = Callable[[ModerationEntry], Awaitable[None]]
"""Does what follows from an act on this node. May raise `Unavailable`: then the act is carried out by the next try."""
Prepare = Callable[[ModerationEntry], Awaitable[ModerationWrite | Rejection]]
KEY_REUSED = Rejection(
    RejectionCode.IDEMPOTENCY_KEY_REUSED, "This key was used for another request.", field="idempotency_key"
)
NO_REPORT = Rejection(RejectionCode.NOT_FOUND, "There is no such report.", field="report_id")


class Moderated(Struct):
    """The result of an act."""

    entry: ModerationEntry
    replayed: bool = False


class ModerationService:
    """`by`: the name of the key of the moderator. Any act may be rejected with UNAVAILABLE: repeat it with the same `key`."""

    def __init__(
        self,
        handler: CommandHandler,
        view: ModerationView,
        names: PlayerNames,
        carry_out: CarryOut,
        records: PlayerRecords,
    ) -> None:
        self._handler = handler
        self._store = handler.store
        self._view = view
        self._names = names
        self._carry_out = carry_out
        self._records = records

    async def ban_player(
        self, by: str, player_id: PlayerId, until: Instant | None, reason: str, key: IdempotencyKey | None
    ) -> Moderated | Rejection:
        """Ban a player until that time; None: without end. The player leaves the party, and all streams and tokens end."""

        async def prepare(entry: ModerationEntry) -> ModerationWrite | Rejection:
            if until is not None and until <= entry.at:
                return invalid("until", "Must be in the future.")
            checked = self._check_player(entry, player_id, reason)
            if isinstance(checked, Rejection):
                return checked
            player = await self._names.find(player_id, OPERATORS)
            device = await self._store.moderation.device_of(player_id)
            ban = PlayerBan(player, until, checked.detail or "", entry.at, by, device=device)
            return ModerationWrite(checked, ban=ban)

        return await self._act(by, "banPlayer", prepare, key)

    async def unban_player(
        self, by: str, player_id: PlayerId, reason: str, key: IdempotencyKey | None
    ) -> Moderated | Rejection:
        async def prepare(entry: ModerationEntry) -> ModerationWrite | Rejection:
            checked = self._check_player(entry, player_id, reason)
            return checked if isinstance(checked, Rejection) else ModerationWrite(checked, unbanned=player_id)

        return await self._act(by, "unbanPlayer", prepare, key)

    async def remove_player(
        self, by: str, player_id: PlayerId, reason: str, key: IdempotencyKey | None
    ) -> Moderated | Rejection:
        """Take the seat from a player, who may join again. NOT_MEMBER: the player is in no party."""

        async def prepare(entry: ModerationEntry) -> ModerationWrite | Rejection:
            checked = self._check_player(entry, player_id, reason)
            if isinstance(checked, Rejection):
                return checked
            party_id = await self._store.party_of_player(player_id)
            if party_id is None:
                return Rejection(RejectionCode.NOT_MEMBER, "The player is in no party.", field="player_id")
            return ModerationWrite(replace(checked, party_id=party_id))

        return await self._act(by, "removePlayer", prepare, key)

    async def close_party(
        self, by: str, party_id: PartyId, reason: str, key: IdempotencyKey | None
    ) -> Moderated | Rejection:
        async def prepare(entry: ModerationEntry) -> ModerationWrite | Rejection:
            detail = text.normalize_message("reason", reason)
            party = await self._store.latest(party_id)
            if isinstance(detail, Rejection):
                return detail
            if party is None:
                return replace(NOT_FOUND, field="party_id")
            if party.is_closed:
                return Rejection(RejectionCode.PARTY_CLOSED, "The party is closed.", field="party_id")
            return ModerationWrite(replace(entry, party_id=party_id, detail=detail))

        return await self._act(by, "closeParty", prepare, key)

    async def announce(
        self, by: str, words: str, party_id: PartyId | None, key: IdempotencyKey | None
    ) -> Moderated | Rejection:
        """Show words to the members of a party, or to everybody who is connected."""

        async def prepare(entry: ModerationEntry) -> ModerationWrite | Rejection:
            detail = text.normalize_message("text", words)
            if isinstance(detail, Rejection):
                return detail
            if party_id is not None:
                party = await self._store.latest(party_id)
                if party is None or party.is_closed:
                    return replace(NOT_FOUND, field="party_id")
            return ModerationWrite(replace(entry, party_id=party_id, detail=detail))

        return await self._act(by, "announce", prepare, key)

    async def set_maintenance(
        self, by: str, starts_at: Instant | None, words: str | None, key: IdempotencyKey | None
    ) -> Moderated | Rejection:
        """Announce or begin a maintenance. `starts_at` None: end it."""

        async def prepare(entry: ModerationEntry) -> ModerationWrite | Rejection:
            detail = text.normalize_message("text", words) if words else None
            if isinstance(detail, Rejection):
                return detail
            maintenance = Maintenance(starts_at, detail) if starts_at is not None else None
            return ModerationWrite(replace(entry, detail=detail), sets_maintenance=True, maintenance=maintenance)

        return await self._act(by, "setMaintenance", prepare, key)

    async def resolve_report(
        self, by: str, report_id: str, resolution: str, key: IdempotencyKey | None
    ) -> Moderated | Rejection:
        async def prepare(entry: ModerationEntry) -> ModerationWrite | Rejection:
            detail = text.normalize_message("resolution", resolution)
            report = await self._store.moderation.report(report_id)
            if isinstance(detail, Rejection):
                return detail
            if report is None:
                return NO_REPORT
            resolved = replace(report, resolved_at=report.resolved_at or entry.at, resolution=detail)
            entry = replace(entry, player_id=report.player.id, party_id=report.party.id, detail=detail)
            return ModerationWrite(entry, resolved=resolved)

        return await self._act(by, "resolveReport", prepare, key)

    async def erase_player(
        self, by: str, player_id: PlayerId, reason: str, key: IdempotencyKey | None
    ) -> Moderated | Rejection:
        """Remove everything that is kept about a player, see `lobby.app.player_records`. The entry has no id."""

        async def prepare(entry: ModerationEntry) -> ModerationWrite | Rejection:
            checked = _check_player(entry, player_id, reason)
            if isinstance(checked, Rejection):
                return checked
            erased = self._view.digest(player_id)
            return ModerationWrite(replace(checked, player_id=None, erased=erased), unbanned=player_id)

        outcome = await self._act(by, "erasePlayer", prepare, key)
        if isinstance(outcome, Rejection):
            return outcome
        try:
            await self._records.erase(player_id)
        except (Unavailable, Conflict):
            return UNAVAILABLE
        return outcome

    async def player_data(self, player_id: PlayerId) -> str:
        """As `PlayerRecords.export`."""
        return await self._records.export(player_id)

    async def bans(self, first: int, after: PlayerId | None) -> Sequence[PlayerBan] | None:
        """A page of bans, the latest first. None: `after` is not banned. Raises `Unavailable`."""
        number = None
        if after is not None:
            ban = await self._store.moderation.ban(after)
            if ban is None:
                return None
            number = ban.number
        return await self._store.moderation.bans_before(number, first)

    async def reports(self, first: int, after: str | None, unresolved: bool) -> Sequence[Report]:
        """A page of reports, the latest first. Raises `Unavailable`."""
        return await self._store.moderation.reports_before(after, first, unresolved)

    async def acts(self, first: int, after: int | None) -> Sequence[ModerationEntry]:
        """A page of the log of moderation, the latest first. Raises `Unavailable`."""
        return await self._store.moderation.acts_before(after, first)

    def _check_player(self, entry: ModerationEntry, player_id: PlayerId, reason: str) -> ModerationEntry | Rejection:
        """`entry` about that player, for that reason. NOT_FOUND for an erased player: the log must not have the id again."""
        return ERASED if self._view.is_erased(player_id) else _check_player(entry, player_id, reason)

    async def _act(self, by: str, action: str, prepare: Prepare, key: IdempotencyKey | None) -> Moderated | Rejection:
        async def attempt() -> Moderated | Rejection | None:
            name = key.key if key is not None else new_id()
            fingerprint = key.fingerprint if key is not None else b""
            write = await prepare(ModerationEntry(self._handler.clock.now(), by, action, name, fingerprint))
            if isinstance(write, Rejection):
                return write
            try:
                entry = await self._store.moderation.record(write)
            except Conflict:
                return None
            await self._carry_out(entry)
            return Moderated(entry)

        async def find_earlier() -> Moderated | Rejection | None:
            entry = await self._store.moderation.find_act(by, key.key) if key is not None else None
            if entry is None or key is None:
                return None
            if entry.fingerprint != key.fingerprint:
                return KEY_REUSED
            await self._carry_out(entry)
            return Moderated(entry, replayed=True)

        return await self._handler.run_once(attempt, find_earlier, MODERATORS, action)


def _check_player(entry: ModerationEntry, player_id: PlayerId, reason: str) -> ModerationEntry | Rejection:
    """`entry` about that player, for that reason."""
    if not 1 <= len(player_id) <= PLAYER_ID_CHARS_MAX or not text.is_unicode(player_id):
        return invalid("player_id", f"Must be 1 to {PLAYER_ID_CHARS_MAX} characters.")
    detail = text.normalize_message("reason", reason)
    return detail if isinstance(detail, Rejection) else replace(entry, player_id=player_id, detail=detail)


assert REASON_CHARS_MAX == text.MESSAGE_CHARS_MAX, "reasons are checked as messages are"

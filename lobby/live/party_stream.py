"""The frames of a log of a party for one player: where the stream begins, and how it ends when the player leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lobby.domain.bounds import Bounds
from lobby.domain.cursor import Cursor
from lobby.domain.events import Entry, MemberLeft, PartyClosed
from lobby.domain.model import Departure, Party
from lobby.domain.values import LeaveReason, PlayerId
from lobby.domain.viewer_access import OPERATORS
from lobby.live.frames import Announcement, Frame, Removed, Snapshot, SnapshotReason
from lobby.live.log_stream import LogStream, NotFollowable, StreamDeps
from lobby.live.logs import PartyLog
from lobby.live.tail import Tail


class PartyStream(LogStream[Party, Entry, Frame]):
    """A `LogStream` of a party."""

    __slots__ = ("_bounds", "_log", "_player_id")

    def __init__(self, tail: Tail[Party, Entry], player_id: PlayerId, bounds: Bounds, deps: StreamDeps) -> None:
        super().__init__(tail, deps)
        assert isinstance(tail.log, PartyLog), "the tail is of a party"
        self._log = tail.log
        self._player_id = player_id
        self._bounds = bounds

    async def find_start(self, party: Party, after: str | None) -> Snapshot | Removed | None:
        """Go to the position after the cursor `after`, or to `party`; the first frame, or None if there is an entry to resume
        from.

        Raises `NotFollowable` unless the player is a member, or resumes from a time when it was one.
        """
        cursor = Cursor.parse(after) if after is not None else None
        seen = await self._party_at(party, cursor) if cursor is not None else None
        if cursor is not None and seen is not None and _can_resume(seen, party, self._player_id):
            self.position.move_to(seen)
            return None
        if self.has_access(party):
            reason = SnapshotReason.SUBSCRIBED if after is None else SnapshotReason.CURSOR_EXPIRED
            self.position.move_to(party)
            return self._log.snapshot(party, reason)
        removed = await self.last_frame_of(party) if seen is not None else None
        if removed is None:
            await self.deps.store.read_as_missing(party.id)
            raise NotFollowable
        return removed

    async def read_page(self) -> Sequence[Entry]:
        return await self.deps.store.entries(self._log.id, self.position.seq, self.position.page_entries)

    async def snapshot(self, state: Party) -> Snapshot | None:
        return self._log.snapshot(state, SnapshotReason.FELL_BEHIND) if self.has_access(state) else None

    async def frame_of(self, entry: Entry) -> Entry:
        return entry

    async def state_at_position(self) -> Party:
        return await self.deps.store.party_at(self._log.id, self.position.seq) or self.tail.state

    def last_frame_after(self, entry: Entry) -> Removed | None:
        departure = _departure_by(entry, self._player_id)
        return self._removed_frame(entry.party, departure) if departure is not None else None

    def ends_after(self, entry: Entry) -> bool:
        return self._player_id == OPERATORS and entry.party.is_closed

    async def last_frame_of(self, state: Party) -> Removed | None:
        """None if the player never was a member, or the log no longer has the departure."""
        departure = state.departure(self._player_id)
        left = await self.deps.store.party_at(state.id, departure.seq) if departure is not None else None
        return self._removed_frame(left, departure) if left is not None and departure is not None else None

    def renew(self, announcement: Frame, state: Party) -> Frame:
        return replace(announcement, party=state) if isinstance(announcement, Announcement) else announcement

    def has_access(self, state: Party) -> bool:
        if self._player_id == OPERATORS:
            return not state.is_closed
        return state.member(self._player_id) is not None

    async def _party_at(self, party: Party, cursor: Cursor) -> Party | None:
        """The party as of the cursor; None if the cursor is another log's, past the end, or too old."""
        if cursor.epoch != party.epoch or not 1 <= cursor.seq <= party.version:
            return None
        at_head = cursor.seq == party.version
        seen = party if at_head else await self.deps.store.party_at(party.id, cursor.seq)
        return seen if seen is not None and cursor.could_follow(seen) else None

    def _removed_frame(self, left: Party, departure: Departure) -> Removed:
        """`left`: the party right after the departure."""
        kicked = departure.reason is LeaveReason.KICKED
        retry_at = departure.at + self._bounds.kick_cooldown_ms if kicked else None
        return Removed(left, self.deps.clock.now(), departure.player_id, departure.reason, retry_at)


def _can_resume(seen: Party, party: Party, player_id: PlayerId) -> bool:
    """True if the player may read the entries after `seen`: as a member then, or as one of the last members of a party that has
    closed."""
    if player_id == OPERATORS:
        return not party.is_closed or seen.version < party.version
    if seen.member(player_id) is not None:
        return True
    has_left = seen.departure(player_id) is not None
    return has_left and player_id in party.last_member_ids and seen.version < party.version


def _departure_by(entry: Entry, player_id: PlayerId) -> Departure | None:
    """The player's departure if this is the last entry for the player; None otherwise.

    The last entry is the player's own MemberLeft, or the PartyClosed that followed from it.
    """
    party, event = entry.party, entry.event
    if isinstance(event, PartyClosed):
        return party.departure(player_id)
    if not isinstance(event, MemberLeft) or event.player.id != player_id:
        return None
    closes = event.reason is LeaveReason.PARTY_CLOSED or not party.members
    return None if closes else party.departure(player_id)

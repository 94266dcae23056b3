"""The frames of an inbox for its player: entries with the party that they are about, and snapshots of the state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from lobby.domain.blocks import BlockCheck
from lobby.domain.cursor import Cursor
from lobby.domain.inbox import NO_EPOCH, Inbox, InboxEntry, InviteUpdated, party_id_of
from lobby.domain.model import Player
from lobby.domain.values import Instant, PlayerId
from lobby.live.frames import InboxFrame, InboxSnapshot, InboxUpdate, InviteToParty
from lobby.live.log_stream import LogStream, StreamDeps
from lobby.live.logs import inbox_log_id
from lobby.live.tail import Tail
from lobby.ports import HintPublisher, LogTrimmed
from lobby.runtime.background import BackgroundTasks

InvitesOf = Callable[[Player], Awaitable[Sequence[InviteToParty]]]
"""The pending invites of a player."""


class InboxHints:
    """Publishes a hint for each inbox that this node has written into: `on_entry` is an `InboxListener`."""

    def __init__(self, hints: HintPublisher) -> None:
        self._hints = hints
        self._tasks = BackgroundTasks()

    def on_entry(self, player_id: PlayerId, at: Instant) -> None:
        """`at` takes the place of the seq, which the store does not always know."""
        self._tasks.start(self._hints.publish(inbox_log_id(player_id), at), "inbox hint")

    async def close(self) -> None:
        await self._tasks.close()


async def no_invites(player: Player) -> Sequence[InviteToParty]:
    """An `InvitesOf` for a lobby without invites."""
    return ()


class InboxStream(LogStream[Inbox, InboxEntry, InboxFrame]):
    """A `LogStream` of an inbox. It never ends by itself: the inbox is the player's own.

    Its frames are pulled, and not pushed as those of a party (`follower.py`). A push takes frames that are ready, and shares the
    encoded bytes between the followers of a party. An entry of an inbox becomes a frame only after calls to the store
    (`frame_of`), and its one or two followers share nothing with anybody else.
    """

    __slots__ = ("_invites_of", "_kept_ms", "_player")

    def __init__(
        self,
        tail: Tail[Inbox, InboxEntry],
        player: Player,
        invites_of: InvitesOf,
        kept_ms: int,
        deps: StreamDeps,
    ) -> None:
        """`kept_ms`: how long entries are kept."""
        super().__init__(tail, deps)
        self._player = player
        self._invites_of = invites_of
        self._kept_ms = kept_ms

    async def find_start(self, after: str | None) -> InboxSnapshot | None:
        """Go to the position after the cursor `after`, or to the newest one; the first frame, or None if there is an entry to
        resume from."""
        cursor = Cursor.parse(after) if after is not None else None
        seen = await self._inbox_at(cursor) if cursor is not None else None
        if seen is not None:
            self.position.move_to(seen)
            return None
        newest = await self.deps.store.retry(self.tail.log.state) or self.tail.state
        self.position.move_to(newest)
        return await self.snapshot(newest)

    async def read_page(self) -> Sequence[InboxEntry]:
        return await self.deps.store.inbox_entries(await self.state_at_position(), self.position.page_entries)

    async def snapshot(self, state: Inbox) -> InboxSnapshot:
        """Reads everything after `state` was read, so that nothing is older than it."""
        store = self.deps.store
        party_id = await store.party_of_player(self._player.id)
        party = await store.party(party_id) if party_id is not None else None
        if party is not None and party.member(self._player.id) is None:
            party = None
        invites = await store.retry(lambda: self._invites_of(self._player))
        return InboxSnapshot(state, self.deps.clock.now(), invites, party)

    async def frame_of(self, entry: InboxEntry) -> InboxUpdate | None:
        """None if the party that the entry is about is no longer kept, or the entry is an invite from a player whom the player
        blocks. If the store has several partitions, a block can be answered between the check of an invite and its commit."""
        if isinstance(entry.event, InviteUpdated):
            inviter_id = entry.event.invite.inviter.id
            if await self.deps.store.finds_block((BlockCheck(self._player.id, blocked=(inviter_id,)),)):
                return None
        party_id = party_id_of(entry.event)
        if party_id is None:
            return InboxUpdate(entry)
        party = await self.deps.store.party(party_id)
        return InboxUpdate(entry, party) if party is not None else None

    async def state_at_position(self) -> Inbox:
        position = self.position
        return Inbox(self._player.id, position.epoch, position.seq, position.at)

    async def _inbox_at(self, cursor: Cursor) -> Inbox | None:
        """The inbox as of the cursor; None if it is another log's, past the end, or too old."""
        if cursor.at is None or cursor.at <= self.deps.clock.now() - self._kept_ms:
            return None
        seen = Inbox(self._player.id, cursor.epoch, cursor.seq, cursor.at)
        if cursor.seq == 0:
            if cursor.epoch != NO_EPOCH:
                return None
            seen = Inbox(self._player.id)
        try:
            await self.deps.store.inbox_entries(seen, 1)
        except LogTrimmed:
            return None
        return seen

"""The store of one process: live state in memory, everything durable in an engine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from lobby.domain.blocks import BlockCheck, BlockList
from lobby.domain.events import Entry
from lobby.domain.identities import Identity
from lobby.domain.inbox import Inbox, InboxEntry, InboxPost
from lobby.domain.model import Party, Session
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import Instant, PartyId, PlayerId, SearchId, SessionId
from lobby.ports import (
    Clock,
    ClusterPresence,
    Commit,
    Conflict,
    HeartbeatReply,
    IdempotencyRecord,
    LogTrimmed,
    NumberedParty,
    Page,
    PartyQuery,
    PresenceLease,
    RefreshFamily,
    RunPosition,
    Searches,
    SessionQuery,
    StoreCounts,
    Unavailable,
)
from lobby.ports.player_data import PlayerRows
from lobby.stores.codec import to_json
from lobby.stores.erasure import erase_value, json_text
from lobby.stores.facet_index import SERIAL_MAX
from lobby.stores.local.engine import Engine, WriteHook
from lobby.stores.local.group_commit import GroupCommit
from lobby.stores.local.local_state import LocalState
from lobby.stores.session_list import SerialPage, session_cursor
from lobby.stores.write_set import ClaimKind, NamedClaim, WaitsWrite, WriteSet

_PROBE = RefreshFamily("check", "", "", generation=0, rotated_at=0, expires_at=0, revoked=True)
"""The smallest thing that is written the way that commits are. `check` writes it again and again; no token belongs to it."""


class LocalStore:
    """See `lobby.ports.Store`. Live parties and sessions are read from memory, ended ones from the engine."""

    def __init__(
        self, engine: Engine, state: LocalState, clock: Clock, write_hook: WriteHook, waiting_max: int
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._state = state
        self._live = state.live
        self._commits = GroupCommit(engine, write_hook, waiting_max, state)
        self._families_changing: set[str] = set()
        self._linking: set[tuple[str, ...]] = set()
        """The accounts and players of links that are on their way."""
        self.cluster_presence: ClusterPresence = SingleNode(clock)
        self.moderation = engine.moderation
        self.event_outbox = engine.event_outbox
        self._commits_allowed = asyncio.Event()
        """Not set while a player is erased."""
        self._commits_allowed.set()
        self.inbox_listeners = state.inbox_listeners
        self.searches: Searches = state.searches
        state.searches.write_waits = self._write_waits

    async def commit(self, commit: Commit) -> None:
        if not self._commits_allowed.is_set():
            await self._commits_allowed.wait()
        await self._check_record(commit.record)
        self._commits.check_room()
        write_set, writes = self._live.apply(commit, self._clock.now())
        await self._commits.add(write_set, writes)

    async def latest(self, party_id: PartyId) -> Party | None:
        if self._live.party_serials.knows(party_id):
            return self._live.parties.latest(party_id)
        return await self._engine.closed_party(party_id)

    async def wait_durable(self, party_id: PartyId, seq: int) -> None:
        durable = self._live.parties.durable(party_id)
        if durable is not None and durable.version >= seq:
            return
        latest = await self.latest(party_id)
        if latest is None or latest.version < seq:
            raise Unavailable("the commit was undone")
        if self._live.party_serials.knows(party_id):
            await self._state.durability_waiters.wait(party_id, seq)

    async def verify_latest(self, party: Party) -> None:
        """No other process changes parties, so the version can only grow, by commits that were decided later."""
        await self.wait_durable(party.id, party.version)

    async def party(self, party_id: PartyId) -> Party | None:
        if self._live.party_serials.knows(party_id):
            return self._live.parties.durable(party_id)
        return await self._engine.closed_party(party_id)

    async def read_as_missing(self, party_id: PartyId) -> None:
        """A live party is read from memory, any other from the engine."""
        if self._live.party_serials.knows(party_id):
            await self._engine.closed_party(party_id)

    async def party_at(self, party_id: PartyId, seq: int) -> Party | None:
        party = await self.party(party_id)
        if party is None or seq >= party.version or seq < 1:
            return party if party is not None and party.version == seq else None
        try:
            entries = await self._engine.entries(party_id, seq - 1, 1)
        except LogTrimmed:
            return None
        return entries[0].party if entries else None

    async def entries(
        self, party_id: PartyId, after_seq: int, limit: int, base: Party | None = None
    ) -> Sequence[Entry]:
        """`base` is not needed: a file loses no entries while it is open."""
        party = self._live.parties.durable(party_id)
        if party is not None and after_seq >= party.version:
            return ()
        return await self._engine.entries(party_id, after_seq, limit)

    def latest_entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry] | None:
        return self._engine.latest_entries(party_id, after_seq, limit)

    async def oldest_seq(self, party_id: PartyId) -> int:
        return await self._engine.oldest_seq(party_id)

    async def party_of_player(self, player_id: PlayerId) -> PartyId | None:
        return self._live.seats.latest(player_id)

    async def connected_players(self) -> Sequence[PlayerId]:
        parties = self._live.parties.latest_values()
        return [m.player.id for party in parties for m in party.members if m.remove_at is None]

    async def hosting_players(self) -> Sequence[PlayerId]:
        sessions = (party.session for party in self._live.parties.latest_values())
        return [session.host.player.id for session in sessions if session is not None and session.host is not None]

    async def party_of_code(self, join_code: str) -> PartyId | None:
        return self._live.party_of_code(join_code, self._clock.now())

    async def party_of_external_key(self, external_key: str) -> PartyId | None:
        return self._live.names.latest(NamedClaim(ClaimKind.EXTERNAL_KEY, external_key))

    async def session(self, session_id: SessionId) -> Session | None:
        if self._live.session_serials.knows(session_id):
            return self._live.sessions.durable(session_id)
        return await self._engine.ended_session(session_id)

    async def find_idempotency_record(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        return await self._state.records.latest(player_id, key)

    async def parties(self, query: PartyQuery) -> Page[Party]:
        return self._state.lists.parties.page(query)

    async def live_parties(self, before: int | None, limit: int) -> Sequence[NumberedParty]:
        parties = self._live.parties
        numbers = self._state.numbers.before(SERIAL_MAX if before is None else before, limit)
        found = ((number, parties.durable(party_id)) for number, party_id in numbers)
        return [NumberedParty(number, party) for number, party in found if party is not None]

    async def sessions(self, query: SessionQuery) -> Page[Session]:
        page = self._state.lists.sessions.page(query)
        sessions = await self._sessions(page)
        return Page(tuple(sessions.values()), tuple(map(session_cursor, sessions)), page.has_next, page.total)

    async def take_due(self, at: Instant, limit: int) -> Sequence[PartyId]:
        return [party.id for party in self._state.take_due(at, limit)]

    async def next_due(self) -> Instant | None:
        return self._state.deadlines.next_due()

    async def refresh_family(self, family_id: str) -> RefreshFamily | None:
        return await self._engine.refresh_family(family_id)

    async def save_refresh_family(self, family: RefreshFamily, generation: int | None) -> None:
        """A call fails while another change of the same family is on its way: that one came first."""
        if family.id in self._families_changing:
            raise Conflict("the family is being changed")
        self._families_changing.add(family.id)
        try:
            kept = await self._engine.refresh_family(family.id)
            if (kept.generation if kept is not None else None) != generation:
                raise Conflict("the family has changed")
            self._commits.check_room()
            await self._commits.add(WriteSet(family=family), ())
        finally:
            self._families_changing.discard(family.id)

    async def saved_run(self, session_id: SessionId) -> SavedRun | None:
        return await self._engine.saved_run(session_id)

    async def checkpoint_data(self, session_id: SessionId) -> str | None:
        return await self._engine.checkpoint_data(session_id)

    async def saved_runs_of(
        self, player_id: PlayerId, limit: int, after: RunPosition | None = None
    ) -> Sequence[SavedRun]:
        return await self._engine.saved_runs_of(player_id, limit, after)

    async def remove_from_run(self, session_id: SessionId, player_id: PlayerId) -> None:
        await self._engine.remove_from_run(session_id, player_id)

    async def continuation_of(self, session_id: SessionId) -> PartyId | None:
        return self._live.names.latest(NamedClaim(ClaimKind.CONTINUATION, session_id))

    async def block_list(self, player_id: PlayerId) -> BlockList:
        return self._live.block_lists.latest(player_id) or BlockList(player_id)

    async def save_block_list(self, blocks: BlockList, record: IdempotencyRecord | None = None) -> None:
        await self._check_record(record)
        self._commits.check_room()
        write_set, writes = self._live.apply_block_list(blocks, record)
        await self._commits.add(write_set, writes)

    async def wait_blocks_hold(self, player_id: PlayerId, other_id: PlayerId) -> None:
        """Commits become durable in their order, and fail together: an empty one waits for the list."""
        lists = self._live.block_lists
        if lists.latest(player_id) is not lists.durable(player_id):
            self._commits.check_room()
            await self._commits.add(WriteSet(), ())

    async def finds_block(self, checks: Sequence[BlockCheck]) -> bool:
        return self._live.finds_block(checks)

    async def blockers_of(self, player_id: PlayerId) -> Sequence[PlayerId]:
        """Looks through all lists. Only the erasing of a player asks this."""
        return [blocks.player_id for blocks in self._live.block_lists.latest_values() if blocks.has(player_id)]

    async def inbox(self, player_id: PlayerId) -> Inbox:
        return await self._engine.inbox(player_id)

    async def inbox_entries(self, after: Inbox, limit: int) -> Sequence[InboxEntry]:
        return await self._engine.inbox_entries(after, limit)

    async def post_to_inboxes(self, posts: Sequence[InboxPost]) -> None:
        assert all(post.source for post in posts), "a post that is part of no commit has a source"
        self._commits.check_room()
        await self._commits.add(WriteSet(posts=tuple(posts)), ())

    async def drop_inbox(self, player_id: PlayerId) -> None:
        await self._engine.drop_inbox(player_id)

    async def identity(self, provider: str, subject: str) -> Identity | None:
        return await self._engine.identity(provider, subject)

    async def identities_of(self, player_id: PlayerId) -> Sequence[Identity]:
        if (
            "player",
            player_id,
        ) in self._linking:  # commits become durable in their order: an empty one waits for the link
            self._commits.check_room()
            await self._commits.add(WriteSet(), ())
        return await self._engine.identities_of(player_id)

    async def link_identity(self, identity: Identity, count_max: int, record: IdempotencyRecord | None = None) -> None:
        """A call fails while another one for the same account or player is on its way: that one came first."""
        names = {("account", identity.provider, identity.subject), ("player", identity.player_id)}
        if names & self._linking:
            raise Conflict("another link is on its way")
        self._linking |= names
        try:
            await self._check_record(record)
            stored = await self._engine.identity(identity.provider, identity.subject)
            if stored is not None and stored.player_id != identity.player_id:
                raise Conflict("the account is linked to another player")
            if stored is None and len(await self._engine.identities_of(identity.player_id)) >= count_max:
                raise Conflict("the player has too many identities")
            self._commits.check_room()
            write_set, writes = self._live.apply_identity(identity if stored is None else None, record)
            await self._commits.add(write_set, writes)
        finally:
            self._linking -= names

    async def unlink_identities(self, player_id: PlayerId) -> int:
        return await self._engine.unlink_identities(player_id)

    async def parties_inviting(self, player_id: PlayerId) -> Sequence[PartyId]:
        return self._state.invites.parties_inviting(player_id)

    async def player_data(self, player_id: PlayerId) -> PlayerRows:
        live = [
            msgspec.json.decode(to_json(party))
            for party in self._live.parties.latest_values()
            if _has(party, player_id)
        ]
        return {**await self._engine.player_data(player_id), **({"live_parties": live} if live else {})}

    async def erase_player(self, player_id: PlayerId, stand_in: PlayerId) -> None:
        """No commit may come in between: one that was decided on an older state would bring the player back."""
        self._commits_allowed.clear()
        try:
            await self.check()  # then all commits of before are durable
            names = await self._engine.erase_player(player_id, stand_in)
            for party in self._live.parties.latest_values():
                if _has(party, player_id):
                    self._state.replace_party(erase_value(party, Party, player_id, stand_in, names))
        finally:
            self._commits_allowed.set()

    async def store_counts(self) -> StoreCounts:
        live = self._live
        return StoreCounts(
            live.parties.durable_count,
            live.sessions.durable_count,
            self._engine.saved_run_count,
            self._engine.file_bytes(),
            self._commits.waiting_count,
        )

    async def check(self) -> None:
        self._commits.check_room()
        await self._commits.add(WriteSet(family=_PROBE), ())

    async def sweep(self, at: Instant) -> bool:
        swept = await self._engine.sweep(at)
        await self.moderation.sweep(at)
        self._state.sweep(at, swept)
        return swept.has_more

    async def close(self) -> None:
        await self._commits.close()
        await self._engine.close()

    async def _write_waits(self, kind: str, added_s: Mapping[SearchId, int], dropped: Sequence[SearchId]) -> None:
        self._commits.check_room()
        waits = WaitsWrite(kind, self._clock.now(), tuple(added_s.items()), tuple(dropped))
        await self._commits.add(WriteSet(waits=waits), ())

    async def _check_record(self, record: IdempotencyRecord | None) -> None:
        """Raises `Conflict` if the disk has a record for the key of `record`. `LiveState` checks those in memory."""
        records = self._state.records
        if record is None or not records.may_be_on_disk(record):
            return
        if await records.latest(record.player_id, record.key) is not None:
            raise Conflict("a record exists for this key")

    async def _sessions(self, page: SerialPage) -> dict[int, Session]:
        """The sessions by serial, in the order of the page. Sessions that the engine no longer keeps are left out."""
        active = {serial: self._active_session(serial) for serial in page.serials}
        missing = [serial for serial, session in active.items() if session is None]
        ended = await self._engine.ended_sessions(missing) if missing else {}
        found = ((serial, active[serial] or ended.get(serial)) for serial in page.serials)
        return {serial: session for serial, session in found if session is not None}

    def _active_session(self, serial: int) -> Session | None:
        session_id = self._live.session_serials.id_of(serial)
        return self._live.sessions.durable(session_id) if session_id is not None else None


_NOBODY = PresenceLease()


class SingleNode:
    """See `lobby.ports.ClusterPresence`, for a store that no other node shares."""

    heartbeat_interval_s: float | None = None

    def __init__(self, clock: Clock) -> None:
        self._up_since = clock.now()

    async def heartbeat(self) -> HeartbeatReply:
        return HeartbeatReply(self._up_since, lease_was_lost=False)

    async def publish(
        self, player_id: PlayerId, lease: PresenceLease | None, last_stream_ended: bool = False
    ) -> None: ...

    async def on_other_nodes(self, player_id: PlayerId) -> PresenceLease:
        return _NOBODY

    async def leave(self) -> None: ...


def _has(party: Party, player_id: PlayerId) -> bool:
    return json_text(player_id) in to_json(party)

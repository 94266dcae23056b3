"""The store that many nodes share, in a Valkey server or cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from secrets import token_hex
from typing import TypeVar

from lobby.domain.blocks import BlockCheck, BlockList
from lobby.domain.events import Entry
from lobby.domain.identities import Identity
from lobby.domain.inbox import Inbox, InboxEntry, InboxPost
from lobby.domain.model import Party, Session
from lobby.domain.saved_runs import SavedRun
from lobby.domain.sizes import party_bytes
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId
from lobby.ports import (
    INVITES_LISTED_MAX,
    Clock,
    ClusterPresence,
    Commit,
    Conflict,
    EventOutbox,
    IdempotencyRecord,
    LogTrimmed,
    Moderation,
    NumberedParty,
    Page,
    PartyQuery,
    RefreshFamily,
    RunPosition,
    Searches,
    SessionQuery,
    StoreCounts,
    Unavailable,
)
from lobby.ports.player_data import PlayerRows
from lobby.runtime.background import BackgroundLoop
from lobby.stores.codec import read_family, read_party, read_session, to_json
from lobby.stores.valkey.blocks import ValkeyBlocks
from lobby.stores.valkey.claims import ClaimReader, ClaimRepair
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.commit import Committer
from lobby.stores.valkey.commit_plan import CommitPlan
from lobby.stores.valkey.commit_planner import CommitPlanner
from lobby.stores.valkey.deadline_sets import DeadlineSets
from lobby.stores.valkey.erasure import PlayerEraser
from lobby.stores.valkey.event_outbox import ValkeyEventOutbox
from lobby.stores.valkey.identities import ValkeyIdentities
from lobby.stores.valkey.inboxes import ValkeyInboxes
from lobby.stores.valkey.list_replica import ListReplica
from lobby.stores.valkey.moderation import ValkeyModeration
from lobby.stores.valkey.multi_party_commit import CommitStatus, MultiPartyCommit
from lobby.stores.valkey.party_cache import PARTIES_BYTES_MAX, PARTIES_CACHED_MAX, CachedParty, PartyCache, PartyReader
from lobby.stores.valkey.party_log import PartyLog
from lobby.stores.valkey.pending_states import PendingStates
from lobby.stores.valkey.saved_runs import RunReader
from lobby.stores.valkey.scripts import SAVE_FAMILY, STORE_COUNTS, SWEEP
from lobby.stores.valkey.searches import ValkeySearches
from lobby.stores.valkey.session_lists import ACTIVE_LISTS, SessionLists
from lobby.stores.write_set import ClaimKind

Result = TypeVar("Result")

LIST_POLL_S = 30.0
"""The changes of the public list are read at this interval if nobody asks for the list."""

SWEPT_MAX = 250
"""Records of each kind that one call deletes. Other calls wait about a millisecond for it."""
SWEEPS_MAX = 100
"""Calls to one partition in one sweep. With a sweep every 10 s, each node drops up to 2,500 records a second, such as expired
idempotency records. 2,500 mutations a second make as many."""


class ValkeyStore:
    """See `lobby.ports.Store`.

    `latest` returns the state that a commit of this node on its way will make, or what this node has seen last. If it is stale, a
    commit that was decided on it raises `Conflict`, and so does `verify_latest`. All other reads ask the servers.
    """

    def __init__(
        self, client: ValkeyClient, planner: CommitPlanner, clock: Clock, cluster_presence: ClusterPresence
    ) -> None:
        self.client = client
        self.cluster_presence = cluster_presence
        self._planner = planner
        self._clock = clock
        self._cache: PartyCache = PartyCache(PARTIES_CACHED_MAX, PARTIES_BYTES_MAX)
        self._pending = PendingStates()
        status = CommitStatus(client)
        multi_party = MultiPartyCommit(client, status)
        self._parties = PartyReader(client, self._cache, self._pending, multi_party)
        repair = ClaimRepair(client, self._parties, status, planner.retention)
        self._committer = Committer(client, self._cache, self._pending, multi_party, repair)
        self._claims = ClaimReader(client, self._parties, status, planner.retention)
        self._log = PartyLog(client, planner.retention.entries_min)
        self._deadlines = DeadlineSets(client)
        self._list = ListReplica(client, self._report_loss)
        self._list_loop = BackgroundLoop("public list", self._update_list, LIST_POLL_S, waits_first=True)
        self.loss_listeners: list[Callable[[], None]] = []
        """Called when the servers may have lost commits, such as after a failover: streams must read again what they follow."""
        self._sessions = SessionLists(client)
        self.searches: Searches = ValkeySearches(client)
        self._runs = RunReader(client, self._claims)
        self.identities = ValkeyIdentities(client, planner.retention)
        self.event_outbox: EventOutbox = ValkeyEventOutbox(client)
        self.moderation: Moderation = ValkeyModeration(client, planner.retention)
        self.blocks = ValkeyBlocks(client, status, planner.retention)
        self.inboxes = ValkeyInboxes(client, clock, planner.retention)
        self.inbox_listeners = self.inboxes.listeners
        self._eraser = PlayerEraser(client, self.inboxes)

    async def commit(self, commit: Commit) -> None:
        """Makes several calls, which take no longer together than one call may. After that it is unknown whether the commit
        stands, as after the death of the node in between, and the next reader finds out."""
        limit_s = self.client.limits.call_s
        try:
            async with nullcontext() if self._takes_one_call(commit) else asyncio.timeout(limit_s):
                plan = await self._commit(commit)
        except TimeoutError as error:
            raise Unavailable(f"no end of a commit within {limit_s} s") from error
        posts = plan.partitions[plan.homes[-1]].posts if plan.homes else ()
        for post in posts:
            if post.is_here:
                self.inboxes.notify(post.player, post.at)
        far = dict.fromkeys(post.player for post in posts if not post.is_here)
        if far:
            await self.inboxes.deliver(plan.homes[-1], far)

    async def _commit(self, commit: Commit) -> CommitPlan:
        commit_ids = {change.after.id: await self._parties.commit_id_before(change) for change in commit.changes}
        plan = self._planner.plan(commit, self._clock.now(), self.client.server_time.now(), commit_ids)
        await self._assign_serials(plan)
        await self._committer.commit(plan, commit.changes)
        for home, change in zip(plan.homes, commit.changes, strict=True):
            self._cache.put(change.after.id, CachedParty(change.after, plan.id), party_bytes(change.after))
            self._log.add(change)
            part = plan.partitions[home]
            self._deadlines.remember(home, part.party(change.after.id).first_moment, part.now)
        return plan

    async def latest(self, party_id: PartyId) -> Party | None:
        pending = self._pending.newest(party_id)
        if pending is not None:
            return pending.party
        cached = self._cache.get(party_id)
        return cached.party if cached is not None else await self.party(party_id)

    async def wait_durable(self, party_id: PartyId, seq: int) -> None:
        """Returns at once: only durable entries can be read."""

    async def verify_latest(self, party: Party) -> None:
        """Another state may have the same version: that of another node's commit, which came before one of this node."""
        await self._pending.wait_sent(party.id)
        if await self.party(party.id) != party:
            raise Conflict("the party has changed")

    async def party(self, party_id: PartyId) -> Party | None:
        cached = await self._parties.read(party_id)
        return cached.party if cached is not None else None

    async def read_as_missing(self, party_id: PartyId) -> None:
        """Nothing: `party` asks the server once, whether the party exists or not."""

    async def party_at(self, party_id: PartyId, seq: int) -> Party | None:
        cached = self._cache.get(party_id)
        if cached is not None and cached.party.version == seq:
            return cached.party
        if seq < 1:
            return None
        try:
            entries = await self.entries(party_id, seq - 1, 1)
        except LogTrimmed:
            return None
        return entries[0].party if entries else None

    async def entries(
        self, party_id: PartyId, after_seq: int, limit: int, base: Party | None = None
    ) -> Sequence[Entry]:
        cached = self._cache.get(party_id)
        return await self._log.entries(party_id, cached.party if cached is not None else None, after_seq, limit, base)

    def latest_entries(self, party_id: PartyId, after_seq: int, limit: int) -> Sequence[Entry] | None:
        """Only the servers know which entries are durable."""
        return None

    async def oldest_seq(self, party_id: PartyId) -> int:
        return await self._log.oldest_seq(party_id)

    async def party_of_player(self, player_id: PlayerId) -> PartyId | None:
        return await self._claims.party_of_player(player_id)

    async def connected_players(self) -> Sequence[PlayerId]:
        """Empty: when a lease expires, other nodes find the players of its node by it, see `lobby.live.presence`."""
        return ()

    async def hosting_players(self) -> Sequence[PlayerId]:
        """Empty, as `connected_players`."""
        return ()

    async def party_of_code(self, join_code: str) -> PartyId | None:
        return await self._claims.party_of_code(join_code, self._clock.now())

    async def party_of_external_key(self, external_key: str) -> PartyId | None:
        return await self._claims.party_of_name(ClaimKind.EXTERNAL_KEY, external_key)

    async def session(self, session_id: SessionId) -> Session | None:
        party_id = await self._claims.party_of_session(session_id)
        if party_id is None:
            return None
        home = self.client.partitions.of(party_id)
        text = await self.client.call(home, "HGET", f"session:{session_id}", "j")
        return read_session(text.decode()) if text is not None else None

    async def find_idempotency_record(self, player_id: PlayerId, key: str) -> IdempotencyRecord | None:
        return await self._claims.idempotency_record(player_id, key)

    async def parties(self, query: PartyQuery) -> Page[Party]:
        page = await self._list.page(query)
        parties = await asyncio.gather(*(self.party(outline.id) for outline in page.items))
        kept = [(party, cursor) for party, cursor in zip(parties, page.cursors, strict=True) if party is not None]
        items, cursors = tuple(party for party, _ in kept), tuple(cursor for _, cursor in kept)
        return Page(items, cursors, page.has_next, page.total)

    async def live_parties(self, before: int | None, limit: int) -> Sequence[NumberedParty]:
        """A party that has not changed since an update from a version without the set of live parties is missing."""
        below = f"({before}" if before is not None else "+inf"
        call = "ZRANGE", "live-parties", below, "-inf", "BYSCORE", "REV", "LIMIT", 0, limit, "WITHSCORES"
        replies = await self._in_each_partition(lambda number: self.client.call(number, *call))
        rows = [row for reply in replies for row in zip(*[iter(reply)] * 2, strict=True)]
        newest = sorted(((int(serial), party_id.decode()) for party_id, serial in rows), reverse=True)[:limit]
        found = await asyncio.gather(*(self._live_party(party_id) for _, party_id in newest))
        numbered = zip(newest, found, strict=True)
        return [NumberedParty(serial, party) for (serial, _), party in numbered if party is not None]

    async def _live_party(self, party_id: PartyId) -> Party | None:
        """A party for a list that operators look through. It does not go into the cache, which is for parties in use, unless it
        waits for the end of a commit over several parties: that is finished first, or a player would be in two of them."""
        home = self.client.partitions.of(party_id)
        text, intent = await self.client.call(home, "HMGET", f"party:{party_id}", "s", "i")
        if intent is not None:
            party = await self.party(party_id)
            return party if party is not None and not party.is_closed else None
        party = read_party(text.decode()) if text is not None else None
        return party if party is not None and not party.is_closed else None

    async def sessions(self, query: SessionQuery) -> Page[Session]:
        return await self._sessions.page(query)

    async def load_list(self) -> None:
        """Load the public list now, so that its first reader does not wait for that, and read its changes at intervals."""
        await self._list.update()
        self._list_loop.start()
        self.inboxes.open()

    async def take_due(self, at: Instant, limit: int) -> Sequence[PartyId]:
        return await self._deadlines.take(at, limit)

    async def next_due(self) -> Instant | None:
        return await self._deadlines.next_due()

    async def refresh_family(self, family_id: str) -> RefreshFamily | None:
        text = await self.client.call(self.client.partitions.of(family_id), "HGET", f"family:{family_id}", "j")
        return read_family(text.decode()) if text is not None else None

    async def save_refresh_family(self, family: RefreshFamily, generation: int | None) -> None:
        expected = str(generation) if generation is not None else ""
        call = family.id, expected, family.generation, family.expires_at, to_json(family), token_hex(8)
        if not await self.client.run(SAVE_FAMILY, self.client.partitions.of(family.id), *call):
            raise Conflict("the family has changed")

    async def saved_run(self, session_id: SessionId) -> SavedRun | None:
        return await self._runs.saved_run(session_id)

    async def checkpoint_data(self, session_id: SessionId) -> str | None:
        return await self._runs.checkpoint_data(session_id)

    async def saved_runs_of(
        self, player_id: PlayerId, limit: int, after: RunPosition | None = None
    ) -> Sequence[SavedRun]:
        return await self._runs.saved_runs_of(player_id, limit, after)

    async def remove_from_run(self, session_id: SessionId, player_id: PlayerId) -> None:
        await self._runs.remove_from_run(session_id, player_id)

    async def continuation_of(self, session_id: SessionId) -> PartyId | None:
        return await self._claims.party_of_name(ClaimKind.CONTINUATION, session_id)

    async def block_list(self, player_id: PlayerId) -> BlockList:
        return await self.blocks.block_list(player_id)

    async def save_block_list(self, blocks: BlockList, record: IdempotencyRecord | None = None) -> None:
        await self.blocks.save(blocks, record)

    async def wait_blocks_hold(self, player_id: PlayerId, other_id: PlayerId) -> None:
        await self.blocks.wait_blocks_hold(player_id, other_id)

    async def finds_block(self, checks: Sequence[BlockCheck]) -> bool:
        return await self.blocks.finds_block(checks)

    async def blockers_of(self, player_id: PlayerId) -> Sequence[PlayerId]:
        return await self.blocks.blockers_of(player_id)

    async def inbox(self, player_id: PlayerId) -> Inbox:
        return await self.inboxes.inbox(player_id)

    async def inbox_entries(self, after: Inbox, limit: int) -> Sequence[InboxEntry]:
        return await self.inboxes.entries(after, limit)

    async def post_to_inboxes(self, posts: Sequence[InboxPost]) -> None:
        assert all(post.source for post in posts), "a post that is part of no commit has a source"
        await self.inboxes.post(posts)

    async def drop_inbox(self, player_id: PlayerId) -> None:
        await self.inboxes.drop(player_id)

    async def identity(self, provider: str, subject: str) -> Identity | None:
        return await self.identities.identity(provider, subject)

    async def identities_of(self, player_id: PlayerId) -> Sequence[Identity]:
        return await self.identities.identities_of(player_id)

    async def link_identity(self, identity: Identity, count_max: int, record: IdempotencyRecord | None = None) -> None:
        await self.identities.link(identity, count_max, record)

    async def unlink_identities(self, player_id: PlayerId) -> int:
        return await self.identities.unlink(player_id)

    async def parties_inviting(self, player_id: PlayerId) -> Sequence[PartyId]:
        home, last = self.client.partitions.of(player_id), INVITES_LISTED_MAX - 1
        found = await self.client.call(home, "ZRANGE", f"invites-of:{player_id}", 0, last, "REV")
        return [party_id.decode() for party_id in found]

    async def player_data(self, player_id: PlayerId) -> PlayerRows:
        return await self._eraser.player_data(player_id)

    async def erase_player(self, player_id: PlayerId, stand_in: PlayerId) -> None:
        await self._eraser.erase_player(player_id, stand_in)
        self._log.clear()
        for party_id in [party_id for party_id, _ in self._cache.items()]:
            self._cache.pop(party_id)

    async def store_counts(self) -> StoreCounts:
        counts = await self._in_each_partition(lambda number: self.client.run(STORE_COUNTS, number, *ACTIVE_LISTS))
        return StoreCounts(*(sum(count[kind] for count in counts) for kind in range(3)))

    async def check(self) -> None:
        """Writes in each partition, because every primary of a cluster must accept writes."""
        at = self._clock.now()
        await self._in_each_partition(lambda number: self.client.call(number, "SET", "check", at))

    async def sweep(self, at: Instant) -> bool:
        await self.moderation.sweep(at)
        retention = self._planner.retention
        has_more = False
        call = at, SWEPT_MAX, retention.entries_min, retention.log_ms, retention.log_bytes_max
        for number in range(self.client.partitions.count):
            for _ in range(SWEEPS_MAX):
                if await self.client.run(SWEEP, number, *call) < SWEPT_MAX:
                    break
            else:
                has_more = True
        return has_more

    async def close(self) -> None:
        await self._list_loop.stop()
        await self.inboxes.close()
        await self._committer.close()
        await self.client.close()

    async def _update_list(self) -> bool:
        """Nobody may ask for the list for a long time, and a loss must be noticed all the same."""
        await self._list.update()
        return False

    def _report_loss(self) -> None:
        for listener in self.loss_listeners:
            listener()

    async def _in_each_partition(self, call: Callable[[int], Awaitable[Result]]) -> list[Result]:
        return await asyncio.gather(*map(call, range(self.client.partitions.count)))

    async def _assign_serials(self, plan: CommitPlan) -> None:
        """The public list is sorted by the serials of parties. With several partitions one of them assigns all serials."""
        if self.client.partitions.count > 1:
            for update in (update for part in plan.partitions.values() for update in part.parties if not update.before):
                update.serial = await self.client.call(0, "INCR", "serials")

    def _takes_one_call(self, commit: Commit) -> bool:
        """True for nearly all commits on a single server. That call has its own limit of time."""
        is_single = self.client.partitions.count == 1
        return is_single and all(self._parties.known_commit_id(change) is not None for change in commit.changes)

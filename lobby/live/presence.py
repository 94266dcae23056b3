"""Presence of players. A member is connected while it has an open stream on the party, and for a grace period after its latest
request."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress

from lobby.app.command_handler import RETRY_AFTER_MS, CommandHandler
from lobby.domain.bounds import Bounds
from lobby.domain.commands import SetPresence
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection
from lobby.domain.values import Instant, PartyId, PartyState, PlayerId
from lobby.limits.rate_limiter import Rate, RateLimiter
from lobby.live.node_lease import NodeHeartbeat
from lobby.ports import Clock, PresenceLease, Store, Unavailable
from lobby.ports.cluster_presence import INBOX
from lobby.runtime.background import BackgroundLoop, BackgroundTasks
from lobby.runtime.gc_tuning import freeze_restored, gc_paused

log = logging.getLogger(__name__)

TICK_S = 0.1
"""How late the end of a grace period may be noticed."""
BATCH_MAX = 100
"""Players that are checked at the same time: after a restart the grace periods of all end at once."""
DISCONNECTS = Rate(1, 4)
"""The rate at which disconnects of one player are recorded. A connection that comes and goes faster counts as connected."""
CORRECTIONS_MAX = 4
"""Corrections of one player in one check; each but the first means that a stream opened or ended in the meantime."""


class Presence:
    """Knows the streams and the latest requests of the players on this node, and asks other nodes for theirs.

    When a player's presence changes, it executes `SetPresence` in the player's party.
    """

    def __init__(self, handler: CommandHandler, store: Store, clock: Clock, bounds: Bounds) -> None:
        self._handler = handler
        self._store = store
        self._clock = clock
        self._bounds = bounds
        self._heartbeat = NodeHeartbeat(store.cluster_presence, clock)
        self._streams: dict[PlayerId, Counter[PartyId]] = {}
        """How many streams of each player are open, by party."""
        self._inboxes: Counter[PlayerId] = Counter()
        """How many streams of the inbox of each player are open. They make nobody a connected member."""
        self._seen_at: dict[PlayerId, Instant] = {}
        """The latest request of each player, while it may still count."""
        self._assumed: set[PlayerId] = set()
        """The players who were connected when the server stopped, and have sent nothing since. They may be hundreds of thousands,
        so the start puts nothing else into memory for each of them."""
        self._assumed_seen_at: Instant = 0
        """When the players in `_assumed` count as seen."""
        self._assumed_check_at: Instant | None = None
        """When to check the players in `_assumed`; None if that has begun."""
        self._assumed_due: list[PlayerId] = []
        """Players of `_assumed` whose check is due."""
        self._checks: list[tuple[Instant, PlayerId]] = []
        """A heap of the times at which to check whether a player is still there."""
        self._next_check: dict[PlayerId, Instant] = {}
        """The time of each player's next check; other items of the heap are obsolete."""
        self._disconnects = RateLimiter(DISCONNECTS)
        self.inbox_listeners: list[Callable[[PlayerId], Coroutine[None, None, None]]] = []
        """Called when a player connects to the inbox. They do not raise."""
        self._tasks = BackgroundTasks()
        self._loop = BackgroundLoop("presence", self._check_due_players, TICK_S)
        self._frozen = False

    async def open(self) -> None:
        """Players who were connected when the server stopped count as seen now. Raises `Unavailable`."""
        await self._heartbeat.open(self._check_soon)
        with gc_paused():
            self._assumed.update(await self._store.connected_players())
            freeze_restored(len(self._assumed))
        self._assume_seen_now()
        host_check_at = self._assumed_seen_at + min(self._bounds.grace_waiting_ms, self._bounds.host_grace_ms)
        for player_id in self._assumed.intersection(await self._store.hosting_players()):
            self._check_at(host_check_at, player_id)
        self._loop.start()

    def up_since(self) -> Instant:
        """Since when players could connect to this node or another one."""
        return self._heartbeat.up_since

    def restart_graces(self) -> None:
        """Time was skipped, in which no player could send anything: the latest request of each counts from now on."""
        self._seen_at = dict.fromkeys(self._seen_at, self._clock.now())
        if self._assumed:
            self._assume_seen_now()

    def freeze(self) -> None:
        """Change nobody's presence any more: the streams that end during a shutdown say nothing about the players."""
        self._frozen = True

    async def close(self) -> None:
        self._frozen = True
        await self._loop.stop()
        await self._tasks.close()
        await self._heartbeat.close()

    def record_request(self, player_id: PlayerId) -> None:
        """An authenticated request of the player has arrived."""
        if player_id in self._assumed:
            self._end_assumption(player_id)
        is_first = player_id not in self._seen_at
        now = self._seen_at[player_id] = self._clock.now()
        if is_first or self._heartbeat.is_worth_publishing(player_id, now):
            self._tasks.start(self._check(player_id), "presence")

    @contextmanager
    def open_stream(self, player_id: PlayerId, party_id: PartyId) -> Iterator[None]:
        """The player is connected while the context lasts. When the last stream of a player ends, presence ends at once."""
        streams = self._streams.setdefault(player_id, Counter())
        streams[party_id] += 1
        if player_id in self._assumed:
            self._end_assumption(player_id)
        self._tasks.start(self._check(player_id), "presence")
        try:
            yield
        finally:
            streams[party_id] -= 1
            if streams[party_id] == 0:
                del streams[party_id]
                if not self._streams[player_id]:
                    del self._streams[player_id]
                seen_at = self._seen_at.pop(player_id, None)
                self._tasks.start(self._end_last_stream(player_id, party_id, seen_at), "presence")

    @contextmanager
    def open_inbox(self, player_id: PlayerId) -> Iterator[None]:
        """The player is connected to the inbox while the context lasts."""
        self._inboxes[player_id] += 1
        if self._inboxes[player_id] == 1:
            self._publish_soon(player_id)
            for listener in self.inbox_listeners:
                self._tasks.start(listener(player_id), "inbox opened")
        try:
            yield
        finally:
            self._inboxes[player_id] -= 1
            if self._inboxes[player_id] == 0:
                del self._inboxes[player_id]
                self._publish_soon(player_id)

    async def is_connected_to_inbox(self, player_id: PlayerId) -> bool:
        """True if the player has an open stream of the inbox on any node. Raises `Unavailable`."""
        if player_id in self._inboxes:
            return True
        if not self._heartbeat.has_other_nodes:
            return False
        return INBOX in (await self._heartbeat.on_other_nodes(player_id)).parties

    def _publish_soon(self, player_id: PlayerId) -> None:
        """Let the other nodes know of the inbox, if there are any."""
        if self._heartbeat.has_other_nodes and not self._frozen:
            self._tasks.start(self._publish_inbox(player_id), "presence of an inbox")

    async def _publish_inbox(self, player_id: PlayerId) -> None:
        """Never raises."""
        try:
            await self._heartbeat.publish(player_id, self._lease(player_id))
        except Unavailable:
            self._check_at(self._clock.now() + RETRY_AFTER_MS, player_id)

    async def _end_last_stream(self, player_id: PlayerId, party_id: PartyId, seen_at: Instant | None) -> None:
        """End presence in the party of the stream, but not in another party that the player has moved to in the meantime."""
        with suppress(Unavailable):
            if seen_at is not None and await self._store.party_of_player(player_id) not in (None, party_id):
                self._seen_at.setdefault(player_id, seen_at)
            elif not self._frozen:
                await self._heartbeat.publish(player_id, self._lease(player_id), last_stream_ended=True)
        await self._check(player_id)

    def _assume_seen_now(self) -> None:
        """The players in `_assumed` count as seen now."""
        self._assumed_seen_at = self._clock.now()
        self._assumed_check_at = self._assumed_seen_at + self._bounds.grace_waiting_ms

    def _end_assumption(self, player_id: PlayerId) -> None:
        """The player is there: from now on the server keeps the same of the player as of any other."""
        self._assumed.discard(player_id)
        self._seen_at.setdefault(player_id, self._assumed_seen_at)
        self._check_at(self._assumed_seen_at + self._bounds.grace_waiting_ms, player_id)

    def _last_seen(self, player_id: PlayerId) -> Instant | None:
        """The time of the latest request that may still count, or None."""
        seen_at = self._seen_at.get(player_id)
        return self._assumed_seen_at if seen_at is None and player_id in self._assumed else seen_at

    def _check_soon(self, player_ids: Iterable[PlayerId]) -> None:
        """Check players of nodes that are gone. If all nodes were down for a while, they count as seen at the end of it."""
        for player_id in player_ids:
            self._seen_at.setdefault(player_id, self.up_since())
            self._check_at(self._clock.now(), player_id)

    async def _check_due_players(self) -> bool:
        """True if more checks may be due already."""
        due = self._pop_due(self._clock.now())
        await asyncio.gather(*map(self._check, due))
        return len(due) == BATCH_MAX

    def _pop_due(self, now: Instant) -> list[PlayerId]:
        due: list[PlayerId] = []
        while self._checks and self._checks[0][0] <= now and len(due) < BATCH_MAX:
            at, player_id = heapq.heappop(self._checks)
            if self._next_check.get(player_id) == at:
                del self._next_check[player_id]
                due.append(player_id)
        if self._assumed_check_at is not None and self._assumed_check_at <= now:
            self._assumed_check_at, self._assumed_due = None, list(self._assumed)
        while self._assumed_due and len(due) < BATCH_MAX:
            due.append(self._assumed_due.pop())
        return due

    async def _check(self, player_id: PlayerId) -> None:
        """Make the party agree with the player's presence, and plan the next check if that may end by itself.

        Never raises: a failure with one player must not affect the others.
        """
        try:
            for _ in range(CORRECTIONS_MAX):
                if self._frozen:
                    return
                await self._heartbeat.publish(player_id, self._lease(player_id))
                if not await self._correct(player_id):
                    await self._heartbeat.publish(player_id, self._lease(player_id))
                    return
        except Unavailable:
            pass
        except Exception:
            log.exception("could not check the presence of player %s, next try in %d ms", player_id, RETRY_AFTER_MS)
        self._check_at(self._clock.now() + RETRY_AFTER_MS, player_id)

    async def _correct(self, player_id: PlayerId) -> bool:
        """True if the party had to be corrected. If so, presence may have changed again in the meantime."""
        party_id = await self._store.party_of_player(player_id)
        party = await self._store.latest(party_id) if party_id is not None else None
        grace_ms = self._grace_ms(player_id, party)
        is_here = self._is_here(player_id, party_id, grace_ms)
        member = party.member(player_id) if party is not None else None
        if party is None or member is None or is_here == (member.remove_at is None):
            return False
        # The second look at this node comes last, because a stream may have opened while the others were asked.
        if not is_here and (await self._is_elsewhere(player_id, party) or self._is_here(player_id, party_id, grace_ms)):
            return False
        wait_ms = 0 if is_here else self._disconnects.take(player_id, self._clock.now())
        if wait_ms:
            self._check_at(self._clock.now() + wait_ms, player_id)
            return False
        outcome = await self._handler.execute(party.id, SetPresence(player_id, is_here))
        if isinstance(outcome, Rejection) and outcome.retryable:
            raise Unavailable(outcome.message)
        return True

    def _grace_ms(self, player_id: PlayerId, party: Party | None) -> int:
        """The time for which a request counts. It is shorter for a host of whom nothing has come since the server started: the
        others wait for somebody to host the run."""
        state = party.state if party is not None else PartyState.WAITING
        grace_ms = self._bounds.grace_ms(state)
        host = party.session.host if party is not None and party.session is not None else None
        if host is not None and host.player.id == player_id and player_id in self._assumed:
            return min(grace_ms, self._bounds.host_grace_ms)
        return grace_ms

    def _is_here(self, player_id: PlayerId, party_id: PartyId | None, grace_ms: int) -> bool:
        """True if the player is connected to this node, as a member of that party."""
        if party_id is not None and party_id in self._streams.get(player_id, ()):
            return True
        seen_at = self._last_seen(player_id)
        if seen_at is None:
            return False
        if self._is_within_grace(player_id, seen_at, grace_ms):
            return True
        self._seen_at.pop(player_id, None)
        self._assumed.discard(player_id)
        return False

    async def _is_elsewhere(self, player_id: PlayerId, party: Party) -> bool:
        """True if the player is connected to another node. That node notices when its stream ends; the end of the grace
        period after a request is checked here, too."""
        if not self._heartbeat.has_other_nodes:
            return False
        await self._heartbeat.publish(player_id, self._lease(player_id))
        lease = await self._heartbeat.on_other_nodes(player_id)
        return party.id in lease.parties or (
            lease.seen_at is not None
            and self._is_within_grace(player_id, lease.seen_at, self._bounds.grace_ms(party.state))
        )

    def _is_within_grace(self, player_id: PlayerId, seen_at: Instant, grace_ms: int) -> bool:
        """True if a request at `seen_at` still counts. If so, the player is checked again when it no longer does."""
        ends_at = seen_at + grace_ms
        if ends_at <= self._clock.now():
            return False
        self._check_at(ends_at, player_id)
        return True

    def _lease(self, player_id: PlayerId) -> PresenceLease | None:
        streams, seen_at = self._streams.get(player_id, ()), self._last_seen(player_id)
        if player_id in self._inboxes:
            streams = (*streams, INBOX)
        return PresenceLease(frozenset(streams), seen_at) if streams or seen_at is not None else None

    def _check_at(self, at: Instant, player_id: PlayerId) -> None:
        """Plan a check, unless one is planned before that: the earlier check finds out when the next one is due."""
        planned = self._next_check.get(player_id)
        if planned is None or at < planned:
            self._next_check[player_id] = at
            heapq.heappush(self._checks, (at, player_id))

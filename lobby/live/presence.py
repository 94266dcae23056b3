"""Who is there. A member is connected while one of the player's streams on the party is open, or a request of the
player's was made within the grace."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress

from lobby.domain.bounds import Bounds
from lobby.domain.commands import SetPresence
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection
from lobby.domain.values import Instant, PartyId, PartyState, PlayerId
from lobby.live.roll_call import RollCall
from lobby.ports import Clock, Hold, Store, Unavailable
from lobby.service import RETRY_AFTER_MS, Lobby

log = logging.getLogger(__name__)

TICK_S = 0.1
"""How much later than its grace a presence may end."""
BATCH_MAX = 100
"""Players looked at side by side: after a restart the graces of all end at once."""
CORRECTIONS_MAX = 4
"""Of one player in one go; each but the first means that a stream came or went meanwhile."""


class Presence:
    """The streams and the latest requests of the players on this node, and what other nodes tell of theirs.

    What it finds to have changed goes through the door like any other command.
    """

    def __init__(self, lobby: Lobby, store: Store, clock: Clock, bounds: Bounds) -> None:
        self._lobby = lobby
        self._store = store
        self._clock = clock
        self._bounds = bounds
        self._roll_call = RollCall(store.attendance, clock)
        self._streams: dict[PlayerId, Counter[PartyId]] = {}
        self._seen_at: dict[PlayerId, Instant] = {}
        self._checks: list[tuple[Instant, PlayerId]] = []
        """A heap: when to look whether a player who was seen is still there."""
        self._next_check: dict[PlayerId, Instant] = {}
        """The one item of the heap that counts, for each player who has any."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._frozen = False

    async def open(self) -> None:
        """Nobody could be there while the server was down: all who were count as seen now. Raises `Unavailable`."""
        await self._roll_call.open(self._look_at)
        for player_id in await self._store.connected():
            self._seen_at[player_id] = self._clock.now()
            self._check_at(self._clock.now() + self._bounds.grace_waiting_ms, player_id)
        self._spawn(self._run())

    def up_since(self) -> Instant:
        """Since when players could be there at all, with this node or another."""
        return self._roll_call.up_since

    def freeze(self) -> None:
        """The server goes down: that its streams end now says nothing about the players."""
        self._frozen = True

    async def close(self) -> None:
        self._frozen = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._roll_call.close()

    def seen(self, player_id: PlayerId) -> None:
        """An authenticated request of the player's."""
        is_news = player_id not in self._seen_at
        self._seen_at[player_id] = self._clock.now()
        if is_news or self._roll_call.is_worth_telling(player_id, self._seen_at[player_id]):
            self._spawn(self._look(player_id))

    @contextmanager
    def stream(self, player_id: PlayerId, party_id: PartyId) -> Iterator[None]:
        """While it lasts, the player is there. The end of the last one ends presence at once."""
        streams = self._streams.setdefault(player_id, Counter())
        streams[party_id] += 1
        self._spawn(self._look(player_id))
        try:
            yield
        finally:
            streams[party_id] -= 1
            if streams[party_id] == 0:
                del streams[party_id]
                self._forget_if_empty(player_id)
                self._spawn(self._last_stream_gone(player_id, party_id, self._seen_at.pop(player_id, None)))

    def _forget_if_empty(self, player_id: PlayerId) -> None:
        if not self._streams[player_id]:
            del self._streams[player_id]

    async def _last_stream_gone(self, player_id: PlayerId, party_id: PartyId, seen_at: Instant | None) -> None:
        """It ends presence in its own party, not in the one that the player has moved to meanwhile."""
        with suppress(Unavailable):
            if seen_at is not None and await self._store.seat_of(player_id) not in (None, party_id):
                self._seen_at.setdefault(player_id, seen_at)
            elif not self._frozen:
                await self._roll_call.tell(player_id, self._hold(player_id), last_stream_ended=True)
        await self._look(player_id)

    def _look_at(self, player_ids: Iterable[PlayerId]) -> None:
        """At players of nodes that are gone: after a break of all nodes they count as seen when it was over."""
        for player_id in player_ids:
            self._seen_at.setdefault(player_id, self.up_since())
            self._check_at(self._clock.now(), player_id)

    async def _run(self) -> None:
        while True:
            due = self._due(self._clock.now())
            await asyncio.gather(*map(self._look, due))
            if len(due) < BATCH_MAX:
                await asyncio.sleep(TICK_S)

    def _due(self, now: Instant) -> list[PlayerId]:
        due: list[PlayerId] = []
        while self._checks and self._checks[0][0] <= now and len(due) < BATCH_MAX:
            at, player_id = heapq.heappop(self._checks)
            if self._next_check.get(player_id) == at:
                del self._next_check[player_id]
                due.append(player_id)
        return due

    async def _look(self, player_id: PlayerId) -> None:
        """Hold what the party says of the player against what is so, and look again when that may end by itself.

        Never raises: presence goes on for everybody else.
        """
        try:
            for _ in range(CORRECTIONS_MAX):
                if self._frozen:
                    return
                await self._roll_call.tell(player_id, self._hold(player_id))
                if not await self._corrected(player_id):
                    await self._roll_call.tell(player_id, self._hold(player_id))
                    return
        except Unavailable:
            pass
        except Exception:
            log.exception("the presence of player %s was not looked at; it is again soon", player_id)
        self._check_at(self._clock.now() + RETRY_AFTER_MS, player_id)

    async def _corrected(self, player_id: PlayerId) -> bool:
        """Whether the party was told something new: it may have changed again by the time that went through."""
        seat = await self._store.seat_of(player_id)
        party = await self._store.newest(seat) if seat is not None else None
        state = party.state if party is not None else PartyState.WAITING
        is_there = self._is_there(player_id, seat, state)
        member = party.member(player_id) if party is not None else None
        if party is None or member is None or is_there == (member.remove_at is None):
            return False
        if not is_there and (await self._is_elsewhere(player_id, party) or self._is_there(player_id, seat, state)):
            return False  # the second look here: a stream may have come while the others were asked
        outcome = await self._lobby.execute(party.id, SetPresence(player_id, is_there))
        if isinstance(outcome, Rejection) and outcome.retryable:
            raise Unavailable(outcome.message)
        return True

    def _is_there(self, player_id: PlayerId, seat: PartyId | None, state: PartyState) -> bool:
        if seat is not None and seat in self._streams.get(player_id, ()):
            return True
        seen_at = self._seen_at.get(player_id)
        if seen_at is None:
            return False
        if self._counts(player_id, seen_at, state):
            return True
        del self._seen_at[player_id]
        return False

    async def _is_elsewhere(self, player_id: PlayerId, party: Party) -> bool:
        """Whether the player is there with another node, which looks when that is over; a request is looked after here too."""
        if not self._roll_call.has_others:
            return False
        await self._roll_call.tell(player_id, self._hold(player_id))
        hold = await self._roll_call.attendance.elsewhere(player_id)
        return party.id in hold.parties or (
            hold.seen_at is not None and self._counts(player_id, hold.seen_at, party.state)
        )

    def _counts(self, player_id: PlayerId, seen_at: Instant, state: PartyState) -> bool:
        """Whether a request at `seen_at` is within the grace; if so it is looked at again when it ends."""
        ends_at = seen_at + self._bounds.grace_ms(state)
        if ends_at <= self._clock.now():
            return False
        self._check_at(ends_at, player_id)
        return True

    def _hold(self, player_id: PlayerId) -> Hold | None:
        streams, seen_at = self._streams.get(player_id, ()), self._seen_at.get(player_id)
        return Hold(frozenset(streams), seen_at) if streams or seen_at is not None else None

    def _check_at(self, at: Instant, player_id: PlayerId) -> None:
        """Unless it is looked at sooner anyway: that look finds out when the next one is due."""
        armed = self._next_check.get(player_id)
        if armed is None or at < armed:
            self._next_check[player_id] = at
            heapq.heappush(self._checks, (at, player_id))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="presence")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

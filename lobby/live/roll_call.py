"""This node's part in what the nodes tell each other about who is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from lobby.domain.values import Instant, PlayerId
from lobby.ports import Attendance, Clock, Hold, Unavailable

log = logging.getLogger(__name__)

RETOLD_MS = 3_000
"""A later request of a player's is told to the others when it is so much later than the one told last."""


class RollCall:
    """Keeps this node on the roll, and what it has told of its players. With but one node there is nothing to do."""

    def __init__(self, attendance: Attendance, clock: Clock) -> None:
        self.attendance = attendance
        self.up_since: Instant = clock.now()
        self._told: dict[PlayerId, Hold] = {}
        self._calling: asyncio.Task[None] | None = None

    @property
    def has_others(self) -> bool:
        return self.attendance.roll_every_s is not None

    async def open(self, look: Callable[[Iterable[PlayerId]], None]) -> None:
        """`look` is called with players to look at anew: of nodes that are gone, or this node's own. Raises `Unavailable`."""
        await self._call(look)
        if self.has_others:
            self._calling = asyncio.create_task(self._run(look), name="roll call")

    async def close(self) -> None:
        if self._calling is None:
            return
        self._calling.cancel()
        await asyncio.wait([self._calling])
        try:
            await self.attendance.leave()
        except Unavailable:
            log.warning("the others could not be told that this node stops; they will find out")

    def is_worth_telling(self, player_id: PlayerId, seen_at: Instant) -> bool:
        """Whether the others should hear of a request."""
        told = self._told.get(player_id)
        return self.has_others and (told is None or seen_at - (told.seen_at or 0) >= RETOLD_MS)

    async def tell(self, player_id: PlayerId, hold: Hold | None, last_stream_ended: bool = False) -> None:
        """Raises `Unavailable`; then it is told with the next call."""
        if not self.has_others or (hold == self._told.get(player_id) and not last_stream_ended):
            return
        self._told.pop(player_id, None)
        await self.attendance.tell(player_id, hold, last_stream_ended)
        if hold is not None:
            self._told[player_id] = hold

    async def _run(self, look: Callable[[Iterable[PlayerId]], None]) -> None:
        assert self.attendance.roll_every_s is not None
        while True:
            await asyncio.sleep(self.attendance.roll_every_s)
            try:
                await self._call(look)
            except Unavailable as error:
                log.warning("this node can't be heard: %s", error)
            except Exception:
                log.exception("the roll could not be called; it is again soon")

    async def _call(self, look: Callable[[Iterable[PlayerId]], None]) -> None:
        roll = await self.attendance.roll()
        self.up_since = roll.up_since
        if roll.is_news:
            mine = tuple(self._told)
            self._told.clear()
            look(mine)
        if roll.orphans:
            log.info("%d players were with nodes that are gone", len(roll.orphans))
            self._told.update((player_id, Hold()) for player_id in roll.orphans if player_id not in self._told)
            look(roll.orphans)

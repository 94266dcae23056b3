"""Attendance where there is but one node."""

from __future__ import annotations

from lobby.domain.values import PlayerId
from lobby.ports import Clock, Hold, Roll

_NOBODY = Hold()


class OneNode:
    """See `lobby.ports.Attendance`. There are no others to tell, or to hear from."""

    roll_every_s: float | None = None

    def __init__(self, clock: Clock) -> None:
        self._up_since = clock.now()

    async def roll(self) -> Roll:
        return Roll(self._up_since, is_news=False)

    async def tell(self, player_id: PlayerId, hold: Hold | None, last_stream_ended: bool = False) -> None: ...

    async def elsewhere(self, player_id: PlayerId) -> Hold:
        return _NOBODY

    async def leave(self) -> None: ...

"""One follower's stream: pulled frame by frame, or, while the follower is at the live end and keeps up, pushed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from lobby.domain.values import PlayerId
from lobby.live.frames import Frame
from lobby.live.pushing import Group, Telling, Told
from lobby.live.tail import Tail
from lobby.ports.line import Line


@dataclass(slots=True)
class Place:
    """Where a follower stands in the log."""

    seq: int
    is_live: bool = False


class Following:
    """An async iterator of frames. Whoever opened it closes it.

    500 followers that each wait for the next frame are 500 tasks to wake for every event; pushing hands the event to all of
    them in one loop, and their tasks sleep.
    """

    __slots__ = ("_frames", "_group", "_place", "_pulling", "_tail", "last_frame_at", "player_id")

    def __init__(self, player_id: PlayerId) -> None:
        self.player_id = player_id
        self.last_frame_at = 0.0
        self._frames: AsyncGenerator[Frame, None]
        self._tail: Tail | None = None
        self._place = Place(0)
        """What was had by pulling, and by pushing before that; while frames are pushed the group knows it."""
        self._group: Group | None = None
        self._pulling: asyncio.Future[None] | None = None

    def pull_from(self, frames: AsyncGenerator[Frame, None]) -> None:
        """The frames as they are pulled; their generator calls `started` when it knows its place."""
        self._frames = frames

    def started(self, tail: Tail, place: Place) -> None:
        self._tail, self._place = tail, place

    def __aiter__(self) -> Following:
        return self

    async def __anext__(self) -> Frame:
        frame = await anext(self._frames)
        self.last_frame_at = asyncio.get_running_loop().time()
        return frame

    async def aclose(self) -> None:
        await self._frames.aclose()

    async def pushed(self, telling: Telling[Told], line: Line[Told]) -> None:
        """Have each new frame written to `line`, as what it becomes, for as long as that is clear; returns when the next one is
        to be pulled."""
        tail = self._tail
        if tail is None or not self._is_at_end(tail) or not line.hold(self.pull):
            return
        self._pulling = asyncio.get_running_loop().create_future()
        self._group = tail.pushed.add(self, self._place.seq, telling, line)
        tail.beat_for(self)
        try:
            await self._pulling
        finally:
            line.let_go()
            self.pull()

    def pull(self) -> None:
        """Go on by pulling, from behind what the group has had."""
        tail, group, pulling = self._tail, self._group, self._pulling
        if tail is None or group is None or pulling is None:
            return
        tail.pushed.remove(self, group)
        self._place.seq = group.seq
        self._group = self._pulling = None
        if not pulling.done():
            pulling.set_result(None)

    def _is_at_end(self, tail: Tail) -> bool:
        return not tail.is_draining and self._place.seq == tail.head and tail.party.member(self.player_id) is not None

"""One follower's stream: pulled frame by frame, or, while the follower is at the live end and keeps up, pushed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

from lobby.domain.events import Entry
from lobby.domain.values import PlayerId
from lobby.live.frames import Frame
from lobby.live.pushing import Telling, Told
from lobby.live.tail import Tail

Take = Callable[[Told], bool]
"""Takes what a frame became at once, or says no: then the follower goes on by pulling, from that frame on."""


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

    def __init__(self, player_id: PlayerId) -> None:
        self.player_id = player_id
        self.last_frame_at = 0.0
        self._frames: AsyncGenerator[Frame, None]
        self._tail: Tail | None = None
        self._place = Place(0)
        self._take: Take[Any] | None = None
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

    async def pushed(self, telling: Telling[Told], take: Take[Told]) -> None:
        """Hand what each new frame becomes to `take`, for as long as it takes that; returns when the next one is to be pulled."""
        tail = self._tail
        if tail is None or not self._is_at_end(tail):
            return
        self._take = take
        self._pulling = asyncio.get_running_loop().create_future()
        tail.pushed.add(self, telling)
        tail.beat_for(self)
        try:
            await self._pulling
        finally:
            tail.pushed.remove(self, telling)
            self._take = self._pulling = None

    def push(self, told: Any, frame: Frame, at: float) -> None:
        """Called by the tail, for each entry in order."""
        if self._take is None:
            return
        if not self._take(told):
            self.pull()
            return
        self.last_frame_at = at
        if type(frame) is Entry:
            self._place.seq = frame.seq

    def pull(self) -> None:
        """Go on by pulling."""
        self._take = None
        if self._pulling is not None and not self._pulling.done():
            self._pulling.set_result(None)

    def _is_at_end(self, tail: Tail) -> bool:
        return not tail.is_draining and self._place.seq == tail.head and tail.party.member(self.player_id) is not None

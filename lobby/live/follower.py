"""One follower's stream: frames are pulled one by one, or pushed while the follower is at the live end and keeps up.

`hub` decides what a slow follower gets (a snapshot in place of the backlog), and sends heartbeats together with `tail`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from lobby.domain.events import Entry, MemberLeft, PartyClosed
from lobby.domain.model import Party
from lobby.domain.values import PlayerId
from lobby.live.frames import Announcement, Frame
from lobby.live.log_stream import LogPosition
from lobby.live.tail import Tail
from lobby.ports import Channel

PartyTail = Tail[Party, Entry]
_LEAVING_EVENTS = (MemberLeft, PartyClosed)
"""The events by which members leave. A follower looks for its player after these alone: a party may have hundreds."""


class Follower:
    """A follower of a party: an async iterator of frames. The code that opened it has to close it.

    To pull each frame is complete by itself. Pushing is for speed: 500 followers that wait for the next frame are 500 tasks to
    wake for every event, but pushing sends the event to all of them in one loop, and their tasks sleep.
    """

    __slots__ = ("_channel", "_detached", "_frames", "_position", "_tail", "last_frame_at", "player_id")

    def __init__(self, player_id: PlayerId) -> None:
        self.player_id = player_id
        self.last_frame_at = 0.0
        """When the latest frame came, by the event loop's clock, in seconds."""
        self._frames: AsyncGenerator[Frame, None]
        self._tail: PartyTail | None = None
        self._position = LogPosition(0)
        self._channel: Channel[Frame] | None = None
        self._detached: asyncio.Future[None] | None = None
        """Done when the follower has to pull again; None while it pulls."""

    def pull_from(self, frames: AsyncGenerator[Frame, None]) -> None:
        """Set where frames are pulled from. Their generator calls `start` once it knows the position."""
        self._frames = frames

    def start(self, tail: PartyTail, position: LogPosition) -> None:
        """Share `position` with the generator of pulled frames: both move it."""
        self._tail, self._position = tail, position

    def __aiter__(self) -> Follower:
        return self

    async def __anext__(self) -> Frame:
        frame = await anext(self._frames)
        self.last_frame_at = asyncio.get_running_loop().time()
        return frame

    async def aclose(self) -> None:
        await self._frames.aclose()

    async def push_to(self, channel: Channel[Frame]) -> None:
        """Send each new frame to `channel` until it takes one no more; returns when the next frame has to be pulled.

        Returns at once if the follower is not at the live end. To be called between two pulled frames.
        """
        tail = self._tail
        if tail is None or not self._is_at_live_end(tail):
            return
        self._channel = channel
        self._detached = asyncio.get_running_loop().create_future()
        tail.attach(self)
        try:
            await self._detached
        finally:
            self.detach()

    def offer(self, frame: Frame, at: float) -> None:
        """Push a frame that came at the time `at`. Called by the tail while this follower is attached to it."""
        channel = self._channel
        if type(frame) is Entry and type(frame.event) in _LEAVING_EVENTS and frame.party.member(self.player_id) is None:
            channel = (
                None  # its own leaving is its last frame but one, and later frames are not for it: it pulls those two
            )
        if channel is None or not channel.try_send(frame):
            self.detach()
            return
        self.last_frame_at = at
        position = self._position
        if type(frame) is Entry:
            position.seq, position.at = frame.seq, frame.at
        elif type(frame) is Announcement:
            position.announcements += 1

    def detach(self) -> None:
        """Go back to pulling, from behind the latest frame that was pushed."""
        if self._tail is None or self._detached is None:
            return
        self._tail.detach(self)
        if not self._detached.done():
            self._detached.set_result(None)
        self._channel = self._detached = None

    def _is_at_live_end(self, tail: PartyTail) -> bool:
        return (
            not tail.is_draining
            and not tail.is_gone
            and self._position.seq == tail.head
            and self._position.at == tail.state.changed_at
            and self._position.resets == tail.resets
            and self._position.announcements == tail.announcements
            and tail.state.member(self.player_id) is not None
        )

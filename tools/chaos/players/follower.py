"""A follower of one party, as a good client is: it resumes from the last entry it applied, and applies each entry once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from random import Random

from tools.chaos.evidence import Ending, Frame, StreamSession, epoch_of
from tools.chaos.expected_state.events import STREAM_FRAMES
from tools.chaos.json_value import Json
from tools.chaos.players.context import RunContext
from tools.chaos.players.socket_transport import SocketTransport
from tools.chaos.players.transport import NoAnswer

SILENCE_S = 4.0
"""The server sends a Heartbeat every second; after this long without any frame the connection is taken for lost."""
RESUBSCRIBE_SHARE = 0.01
"""The share of frames after which the player ends the subscription and begins another one."""
MS_PER_S = 1000

OnParty = Callable[[Json], None]


class ServerDraining(Exception):
    """The server is about to stop, and asks the client to come back after `wait_s`."""

    def __init__(self, wait_ms: int) -> None:
        super().__init__(wait_ms)
        self.wait_s = wait_ms / MS_PER_S


class StreamEnded(Exception):
    """The stream ended without Removed. A server that stops may do that to a player who has left the party."""


class Follower:
    """One stream session: subscriptions one after the other. Each starts at the cursor that the previous subscription reached."""

    def __init__(
        self, context: RunContext, stream: StreamSession, start: Json | None, on_party: OnParty, random: Random
    ) -> None:
        """`start` is the party of an answer, from which the stream goes on; None to begin with a snapshot."""
        self.stream = stream
        self._context = context
        self._cursor: str | None = start["cursor"] if start is not None else None
        self._applied: int | None = start["version"] if start is not None else None
        if start is not None:
            stream.start_epoch = epoch_of(start["cursor"])
        self._on_party = on_party
        self._random = random

    @property
    def applied(self) -> int:
        """The seq of the last entry or snapshot that was applied."""
        return self._applied or 0

    @property
    def has_begun(self) -> bool:
        """True if the latest subscription has brought a frame."""
        frames = self.stream.frames
        return bool(frames) and frames[-1].subscription == len(self.stream.resumed_after) - 1

    @property
    def is_over(self) -> bool:
        return self.stream.ending is not Ending.OPEN

    async def follow(self, transport: SocketTransport) -> None:
        """Subscribe over this connection, until Removed or until the player ends the subscription.

        Raises `NoAnswer`, `RequestFailed`, `ServerDraining` or `StreamEnded`.
        """
        self._context.figures.subscriptions += 1
        self._context.figures.resumes += self._cursor is not None
        self.stream.resumed_after.append(self._applied)
        variables = {"partyId": self.stream.party_id, "after": self._cursor}
        async with aclosing(transport.subscribe("WatchParty", variables)) as frames:
            while not self.is_over:
                self._apply(await self._next(frames, transport))
                if self._random.random() < RESUBSCRIBE_SHARE and not self._context.is_calm.is_set():
                    return

    async def _next(self, frames: AsyncGenerator[Json, None], transport: SocketTransport) -> Json:
        try:
            async with asyncio.timeout(SILENCE_S):
                return await anext(frames)
        except TimeoutError as error:
            transport.abort()
            raise NoAnswer(f"no frame within {SILENCE_S} s") from error
        except StopAsyncIteration as error:
            raise StreamEnded from error

    def _apply(self, frame: Json) -> None:
        kind, seq = frame["__typename"], frame["seq"]
        self._record(kind, seq, frame)
        if kind == "Removed":
            self.stream.ending = Ending.REMOVED
        elif kind == "PartySnapshot" or (kind not in STREAM_FRAMES and seq > self.applied):
            self._applied, self._cursor = seq, frame["cursor"]
            self._on_party(frame["party"])
        elif kind == "Heartbeat" and frame["reconnectAfterMs"] is not None:
            raise ServerDraining(frame["reconnectAfterMs"])

    def _record(self, kind: str, seq: int, frame: Json) -> None:
        content = self._context.evidence.contents.keep(frame)
        epoch = epoch_of(frame["cursor"])
        self.stream.frames.append(Frame(len(self.stream.resumed_after) - 1, kind, seq, content, epoch))
        figures = self._context.figures
        figures.frames += 1
        figures.by_frame[kind] += 1
        if kind == "PartySnapshot":
            figures.snapshots[frame["reason"]] += 1

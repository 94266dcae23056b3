"""Watching one party as a good client does: resume from what was applied last, apply what is new, heed what is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from random import Random

from chaos.evidence.stays import Ending, Seen, Stay
from chaos.json_value import Json
from chaos.players.asking import NoAnswer
from chaos.players.socket_way import SocketWay
from chaos.players.world import World

SILENCE_S = 4.0
"""With a Heartbeat every second, whoever hears nothing for this long has lost the connection without knowing."""
RESTLESS_SHARE = 0.01
"""After this share of the frames a player closes the screen and opens it again."""

OnParty = Callable[[Json], None]


class ServerDrains(Exception):
    """The server is about to go down, and asks to be left alone for `for_s`."""

    def __init__(self, for_ms: int) -> None:
        super().__init__(for_ms)
        self.for_s = for_ms / 1000


class NoFarewell(Exception):
    """The stream ended without a word. A server that goes down may do that to one who is out of the party by now."""


class Following:
    """One stay: subscriptions one after the other, each from the cursor that the one before led to."""

    def __init__(self, world: World, stay: Stay, start: Json | None, on_party: OnParty, chance: Random) -> None:
        """`start`: the party as an answer showed it, to go on from there; None: begin with a snapshot."""
        self.stay = stay
        self._world = world
        self._cursor: str | None = start["cursor"] if start is not None else None
        self._applied: int | None = start["version"] if start is not None else None
        self._on_party = on_party
        self._chance = chance

    @property
    def applied(self) -> int:
        """The seq of the last entry or snapshot applied."""
        return self._applied or 0

    @property
    def is_over(self) -> bool:
        return self.stay.ending is not Ending.OPEN

    async def follow(self, way: SocketWay) -> None:
        """Over this connection, until Removed, or until the player looks away.

        Raises `NoAnswer`, `RequestRefused`, `ServerDrains`, `NoFarewell`.
        """
        self._world.figures.subscriptions += 1
        self._world.figures.resumes += self._cursor is not None
        self.stay.asked_after.append(self._applied)
        variables = {"partyId": self.stay.party_id, "after": self._cursor}
        async with aclosing(way.subscribe("WatchParty", variables)) as frames:
            while not self.is_over:
                self._take(await self._next(frames, way))
                if self._chance.random() < RESTLESS_SHARE and not self._world.peace.is_set():
                    return

    async def _next(self, frames: AsyncGenerator[Json, None], way: SocketWay) -> Json:
        try:
            async with asyncio.timeout(SILENCE_S):
                return await anext(frames)
        except TimeoutError as error:
            way.abort()
            raise NoAnswer("it has been silent for too long") from error
        except StopAsyncIteration as error:
            raise NoFarewell from error

    def _take(self, frame: Json) -> None:
        kind, seq = frame["__typename"], frame["seq"]
        self._note(kind, seq, frame)
        if kind == "Removed":
            self.stay.ending = Ending.REMOVED
        elif kind == "PartySnapshot" or (kind != "Heartbeat" and seq > self.applied):
            self._applied, self._cursor = seq, frame["cursor"]
            self._on_party(frame["party"])
        elif kind == "Heartbeat" and frame["reconnectAfterMs"] is not None:
            raise ServerDrains(frame["reconnectAfterMs"])

    def _note(self, kind: str, seq: int, frame: Json) -> None:
        self.stay.seen.append(
            Seen(len(self.stay.asked_after) - 1, kind, seq, self._world.evidence.contents.keep(frame))
        )
        figures = self._world.figures
        figures.frames += 1
        figures.by_frame[kind] += 1
        if kind == "PartySnapshot":
            figures.snapshots[frame["reason"]] += 1

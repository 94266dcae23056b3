"""One running copy of the game: a socket that is kept open, and what is watched over it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

from chaos.evidence.stays import Ending, Stay
from chaos.json_value import Json
from chaos.players.asking import NoAnswer, RequestRefused
from chaos.players.backoff import Backoff
from chaos.players.following import Following, NoFarewell, ServerDrains
from chaos.players.passport import Passport
from chaos.players.socket_way import SocketWay, TokenExpired, opened
from chaos.players.world import World

LIFETIME_MEAN_S = 20.0
"""Of a connection, until the device itself loses it."""
CLOSE_WAIT_S = 6.0
UNAVAILABLE_WAIT_S = 1.0
EXPECTED_CODES = frozenset({1000, 1001, 1012})
"""Closing by the server that is no fault: it goes down, or the connection has come to its end."""


class Device:
    """`way` is the connection of the moment. `on_party`, `on_end`: what a watched party looks like, and that it is over."""

    def __init__(
        self,
        name: str,
        world: World,
        passport: Passport,
        chance: Random,
        on_party: Callable[[Json], None],
        on_end: Callable[[Stay], None],
    ) -> None:
        self.name = name
        self.way: SocketWay | None = None
        self.followings: dict[str, Following] = {}
        """Those that go on, by party."""
        self._world = world
        self._passport = passport
        self._chance = chance
        self._on_party = on_party
        self._on_end = on_end
        self._return_after_s = 0.0
        self._open = asyncio.Event()
        self._wanted = asyncio.Event()
        self._wanted.set()

    async def keep_open(self) -> None:
        """Until cancelled."""
        backoff = Backoff(self._chance)
        while True:
            await self._wanted.wait()
            await asyncio.sleep(self._return_after_s)
            self._return_after_s = 0.0
            await backoff.pause()
            token = self._passport.token
            try:
                async with opened(self._world.address, self._world.documents, token) as way:
                    backoff.reset()
                    await self._hold(way)
                self._check_code(way.close_code)
            except TokenExpired:
                await self._passport.renew(token)
            except NoAnswer:
                continue

    def begin(self, party_id: str, start: Json | None) -> Following:
        """A new stay, to be watched by `watch`; from `start`, or from a snapshot. One at a time for each party."""
        stay = self._world.evidence.begin_stay(self._passport.player_id, party_id, self.name)
        following = Following(self._world, stay, start, self._on_party, self._chance)
        self.followings[party_id] = following
        return following

    async def watch(self, following: Following) -> None:
        """Until the player is out of the party."""
        while not following.is_over:
            await self._open.wait()
            assert self.way is not None, "it is open"
            await self._follow(following, self.way)
        del self.followings[following.stay.party_id]
        self._on_end(following.stay)

    def go_away(self) -> None:
        """Lose the connection, and don't come back before `come_back`."""
        self._wanted.clear()
        self.lose()

    def come_back(self) -> None:
        self._wanted.set()

    def lose(self) -> None:
        if self.way is not None:
            self.way.abort()

    async def _follow(self, following: Following, way: SocketWay) -> None:
        try:
            await following.follow(way)
        except NoAnswer:
            await asyncio.sleep(0)  # it may take a moment until the loss shows
        except ServerDrains as drains:
            self._return_after_s = drains.for_s
            await self._lost(way)
        except NoFarewell:
            if not await self._lost(way):
                following.stay.ending = Ending.GIVEN_UP
                self._world.evidence.fault(f"{following.stay}: the stream ended without a farewell")
        except RequestRefused as refused:
            await self._refused(following, way, refused)

    async def _refused(self, following: Following, way: SocketWay, refused: RequestRefused) -> None:
        if refused.code == "UNAUTHENTICATED":
            await self._passport.renew(self._passport.token)
            way.abort()
            await self._lost(way)
        elif refused.code == "UNAVAILABLE":
            await asyncio.sleep(UNAVAILABLE_WAIT_S)
        elif refused.code == "NOT_FOUND":
            following.stay.ending = Ending.REFUSED
        else:
            following.stay.ending = Ending.GIVEN_UP
            self._world.evidence.fault(f"{following.stay}: {refused}")

    async def _lost(self, way: SocketWay) -> bool:
        """The server is expected to close it, and gets some time for that; False: it did not."""
        try:
            await asyncio.wait_for(way.lost.wait(), CLOSE_WAIT_S)
        except TimeoutError:
            way.abort()
            await way.lost.wait()
            return False
        return True

    async def _hold(self, way: SocketWay) -> None:
        """Until it is lost, by whatever side."""
        self.way = way
        self._open.set()
        try:
            async with asyncio.timeout(self._lifetime_s()):
                await way.lost.wait()
        except TimeoutError:
            way.abort()
        finally:
            self._open.clear()
            self.way = None

    def _lifetime_s(self) -> float | None:
        """Of the next connection; None: for ever."""
        return None if self._world.peace.is_set() else self._chance.expovariate(1 / LIFETIME_MEAN_S)

    def _check_code(self, code: int | None) -> None:
        if code is not None and code not in EXPECTED_CODES:
            self._world.evidence.fault(f"the server closed a socket of {self.name} with {code}")

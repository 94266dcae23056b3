"""One device of a player: a WebSocket that is opened again whenever it is lost, and the parties that are followed over it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

from tools.chaos.evidence import Ending, StreamSession
from tools.chaos.json_value import Json
from tools.chaos.players.context import RunContext
from tools.chaos.players.credentials import Credentials
from tools.chaos.players.follower import Follower, ServerDraining, StreamEnded
from tools.chaos.players.socket_transport import SocketTransport, TokenExpired, open_socket
from tools.chaos.players.transport import Backoff, NoAnswer, RequestFailed

LIFETIME_MEAN_S = 20.0
"""The mean time after which the device itself drops a connection."""
CLOSE_WAIT_S = 6.0
UNAVAILABLE_WAIT_S = 1.0
RESTARTING = 1012
EXPECTED_CODES = frozenset({1000, 1001, RESTARTING})
"""Close codes of a server that stops, or of a connection that has ended."""


class Device:
    """`transport` is the open connection. `on_party` receives each state of a followed party, `on_end` each stream that ended."""

    def __init__(
        self,
        name: str,
        context: RunContext,
        credentials: Credentials,
        random: Random,
        on_party: Callable[[Json], None],
        on_end: Callable[[StreamSession], None],
    ) -> None:
        self.name = name
        self.transport: SocketTransport | None = None
        self.followers: dict[str, Follower] = {}
        """By party: the followers whose streams have not ended."""
        self._context = context
        self._credentials = credentials
        self._random = random
        self._on_party = on_party
        self._on_end = on_end
        self._return_after_s = 0.0
        self._open = asyncio.Event()
        self._wanted = asyncio.Event()
        self._wanted.set()

    async def keep_open(self) -> None:
        """Connect again and again, until cancelled."""
        backoff = Backoff(self._random)
        while True:
            await self._wanted.wait()
            await asyncio.sleep(self._return_after_s)
            self._return_after_s = 0.0
            await backoff.pause()
            token = self._credentials.token
            try:
                async with open_socket(self._context.address, self._context.documents, token) as transport:
                    backoff.reset()
                    await self._use(transport)
                self._check_code(transport.close_code)
            except TokenExpired:
                await self._credentials.renew(token)
            except NoAnswer:
                continue

    def begin(self, party_id: str, start: Json | None) -> Follower:
        """Begin to follow a party, from `start` or with a snapshot. A device follows a party once at a time."""
        stream = self._context.evidence.begin_stream(self._credentials.player_id, party_id, self.name)
        follower = Follower(self._context, stream, start, self._on_party, self._random)
        self.followers[party_id] = follower
        return follower

    async def watch(self, follower: Follower) -> None:
        """Follow over one connection after the other, until the player is out of the party."""
        while not follower.is_over:
            await self._open.wait()
            assert self.transport is not None, "it is open"
            await self._follow(follower, self.transport)
        del self.followers[follower.stream.party_id]
        self._on_end(follower.stream)

    def go_away(self) -> None:
        """Drop the connection, and open no other one before `come_back`."""
        self._wanted.clear()
        if self.transport is not None:
            self.transport.abort()

    def come_back(self) -> None:
        self._wanted.set()

    async def _follow(self, follower: Follower, transport: SocketTransport) -> None:
        try:
            await follower.follow(transport)
        except NoAnswer:
            if transport.close_code == RESTARTING and follower.has_begun:
                self._record(
                    f"{follower.stream}: closed with {RESTARTING} without a Heartbeat that says when to return"
                )
            await asyncio.sleep(0)  # let `keep_open` see that the connection is lost
        except ServerDraining as draining:
            self._return_after_s = draining.wait_s
            await self._wait_for_close(transport)
            self._context.figures.drained += transport.close_code == RESTARTING
        except StreamEnded:
            if await self._wait_for_close(transport):
                self._context.figures.completed += transport.close_code == RESTARTING
            else:
                follower.stream.ending = Ending.GIVEN_UP
                self._record(f"{follower.stream}: the stream ended without Removed")
        except RequestFailed as failed:
            await self._on_failure(follower, transport, failed)

    async def _on_failure(self, follower: Follower, transport: SocketTransport, failed: RequestFailed) -> None:
        if failed.code == "UNAUTHENTICATED":
            await self._credentials.renew(self._credentials.token)
            transport.abort()
            await self._wait_for_close(transport)
        elif failed.code == "UNAVAILABLE":
            await asyncio.sleep(UNAVAILABLE_WAIT_S)
        elif failed.code == "NOT_FOUND":
            follower.stream.ending = Ending.REFUSED
        else:
            follower.stream.ending = Ending.GIVEN_UP
            self._record(f"{follower.stream}: {failed}")

    async def _wait_for_close(self, transport: SocketTransport) -> bool:
        """Wait until the server has closed the connection. False if it did not within `CLOSE_WAIT_S`, and was aborted here."""
        try:
            await asyncio.wait_for(transport.lost.wait(), CLOSE_WAIT_S)
        except TimeoutError:
            transport.abort()
            await transport.lost.wait()
            return False
        return True

    async def _use(self, transport: SocketTransport) -> None:
        """Offer the connection to the followers until either side ends it."""
        self.transport = transport
        self._open.set()
        try:
            async with asyncio.timeout(self._lifetime_s()):
                await transport.lost.wait()
        except TimeoutError:
            transport.abort()
        finally:
            self._open.clear()
            self.transport = None

    def _lifetime_s(self) -> float | None:
        """How long to keep the next connection; None for no limit."""
        return None if self._context.is_calm.is_set() else self._random.expovariate(1 / LIFETIME_MEAN_S)

    def _check_code(self, code: int | None) -> None:
        if code is not None and code not in EXPECTED_CODES:
            self._record(f"the server closed a socket of {self.name} with {code}")

    def _record(self, failure: str) -> None:
        self._context.evidence.record_failure(failure)

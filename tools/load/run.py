"""A whole load test: look at the server, sign everybody in, play, leave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from tools.demo.address import Address
from tools.demo.answers import Answer, NoAnswer, Rejected, RequestFailed, or_raise
from tools.demo.http_client import HttpClient, http_client
from tools.load.advice import LIMITED, NO_GUESTS
from tools.load.connection import ATTEMPTS_MAX, RETRY_S, Server
from tools.load.figures import RATE_LIMITED, Figures
from tools.load.player import ANY_CLASSES, Board, Player

PLAYERS_MAX = 5_000
"""One process in Python plays them all. Past some thousand it is late itself, and would measure itself."""
HTTP_CONNECTIONS_MAX = 100
"""For the requests of all players together."""
SPARE_FILES = 100
SIGN_INS_AT_ONCE = 16
SIGN_IN_WAIT_S = 120.0
"""How long all sign-ins together may take because of a limit of the server."""
OPENINGS_AT_ONCE = 16
ENTER_EVERY_S = 0.02
"""A player comes in after each such time, but all within `ENTER_SHARE_MAX` of the run."""
ENTER_SHARE_MAX = 0.25
CLOCK_PROBES = 5
INTERVALS_MAX = 240
INTERVAL_MIN_S = 1.0
LAG_EVERY_S = 0.1
LEAVE_WAIT_S = 30.0
PAUSE_S = 6.0


class CannotRun(Exception):
    """The load test cannot begin, for a reason that the message gives, with what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`pause_s`: the mean time between two actions of a player."""

    address: Address
    players: int
    seconds: float
    seed: int = 1
    pause_s: float = PAUSE_S

    @property
    def open_files(self) -> int:
        """How many files and sockets this process has open at most."""
        return self.players + HTTP_CONNECTIONS_MAX + SPARE_FILES


@dataclass(slots=True)
class LoadRun:
    """`phase`, `figures` and `done_share` can be read while it runs."""

    plan: Plan
    documents: Mapping[str, str]
    figures: Figures = field(default_factory=Figures)
    phase: str = "looking at the server"
    version: str = ""
    """Of the server."""
    clock_error_ms: float = 0.0
    """The times of events may be wrong by this much: the clocks of server and client were compared by requests."""
    played_s: float = 0.0
    faults: list[str] = field(default_factory=list)
    """Players that ended, which is a fault of this program."""
    _began_at: float | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def done_share(self) -> float:
        """How much of the time to play has passed, 0 to 1."""
        if self._began_at is None:
            return 0.0
        return min((time.monotonic() - self._began_at) / self.plan.seconds, 1.0)

    def stop_soon(self) -> None:
        """End before the time: players leave as at the end."""
        self._stop.set()

    async def execute(self) -> None:
        """Raises `CannotRun`. Errors after the sign-in do not end the run; they are counted."""
        plan = self.plan
        async with http_client(plan.address, self.documents, HTTP_CONNECTIONS_MAX) as http:
            info = await self._look_at_server(http)
            server = Server(plan.address, self.documents, http, *await self._compare_clocks(http))
            board = Board(info["characterClasses"] or ANY_CLASSES)
            accounts = await self._sign_in(http)
            random = Random(plan.seed)  # noqa: S311 - it only has to be repeatable
            players = [
                Player(account, server, self.figures, board, Random(random.getrandbits(64)), plan.pause_s)  # noqa: S311
                for account in accounts
            ]
            await self._play(players)

    async def _look_at_server(self, http: HttpClient) -> Answer:
        address = self.plan.address.base
        try:
            info: Answer = await _repeat(lambda: http.run("ServerInfo"))
        except NoAnswer as error:
            raise CannotRun(
                f"{error} Start one with `adventurebot-lobby serve`, or name another with --url."
            ) from error
        except RequestFailed as error:
            raise CannotRun(f"The server at {address} refuses to say who it is: {error}") from error
        self.version = info["version"]
        return info

    async def _compare_clocks(self, http: HttpClient) -> tuple[float, asyncio.Semaphore]:
        """How far the server's clock is ahead in ms, by the fastest of some requests."""
        probes = []
        for _ in range(CLOCK_PROBES):
            before = time.time()
            try:
                info = await http.run("ServerInfo")
            except (NoAnswer, RequestFailed):
                continue
            after = time.time()
            server_s = datetime.fromisoformat(info["time"]).timestamp()
            probes.append((after - before, server_s - (before + after) / 2))
        if not probes:
            raise CannotRun(f"The server at {self.plan.address.base} does not answer any more.")
        took_s, ahead_s = min(probes)
        self.clock_error_ms = took_s * 500
        return ahead_s * 1000, asyncio.Semaphore(OPENINGS_AT_ONCE)

    # ---- Signing in -----------------------------------------------------------------------------------------------------

    async def _sign_in(self, http: HttpClient) -> Sequence[Answer]:
        """Credentials for all players. Raises `CannotRun`."""
        self.phase = "signing in"
        turn = asyncio.Semaphore(SIGN_INS_AT_ONCE)
        ends_at = time.monotonic() + SIGN_IN_WAIT_S

        async def sign_in(number: int) -> Answer:
            async with turn:
                return await self._sign_in_one(http, f"Load {number}", ends_at)

        try:
            async with asyncio.TaskGroup() as tasks:
                signing_in = [tasks.create_task(sign_in(number)) for number in range(self.plan.players)]
        except* CannotRun as problems:
            raise problems.exceptions[0] from None
        return [task.result() for task in signing_in]

    async def _sign_in_one(self, http: HttpClient, name: str, ends_at: float) -> Answer:
        while True:
            began_at = time.perf_counter()
            try:
                answer = or_raise(await _repeat(lambda: http.run("SignInAsGuest", {"input": {"displayName": name}})))
            except Rejected as rejected:
                if rejected.code != RATE_LIMITED or rejected.retry_after_s is None:
                    raise CannotRun(f"The server lets no guests in: {rejected} {NO_GUESTS}") from None
                wait_s = rejected.retry_after_s
            except (NoAnswer, RequestFailed) as error:
                if not isinstance(error, RequestFailed) or error.code != RATE_LIMITED:
                    raise CannotRun(f"A guest could not sign in: {error}") from error
                wait_s = 1.0
            else:
                self.figures.add_request("SignInAsGuest", (time.perf_counter() - began_at) * 1000)
                self.figures.signed_in += 1
                credentials: Answer = answer["credentials"]
                return credentials
            self.figures.add_error("SignInAsGuest", RATE_LIMITED)
            await self._wait_for_sign_in(wait_s, ends_at)

    async def _wait_for_sign_in(self, wait_s: float, ends_at: float) -> None:
        """Raises `CannotRun` if all sign-ins would take too long at the rate that the server allows."""
        minutes = (self.plan.players - self.figures.signed_in) / max(self.figures.signed_in, 1)
        if minutes * 60 > SIGN_IN_WAIT_S or time.monotonic() + wait_s > ends_at:
            raise CannotRun(
                f"The server let {self.figures.signed_in} of {self.plan.players} guests in, and the next one in {wait_s:.0f} s "
                f"(RATE_LIMITED). {LIMITED}"
            )
        await asyncio.sleep(wait_s)

    # ---- Playing --------------------------------------------------------------------------------------------------------

    async def _play(self, players: Sequence[Player]) -> None:
        plan, figures = self.plan, self.figures
        self.phase = "playing"
        began_at = self._began_at = time.monotonic()
        figures.begin()
        watchers = [asyncio.create_task(self._cut_intervals()), asyncio.create_task(self._measure_lag())]
        lives: list[asyncio.Task[None]] = []
        enter_every_s = min(ENTER_EVERY_S, plan.seconds * ENTER_SHARE_MAX / plan.players)
        for number, player in enumerate(players):
            if await self._stops_before(began_at + number * enter_every_s):
                break
            lives.append(asyncio.create_task(player.live()))
        await self._stops_before(began_at + plan.seconds)
        self.played_s = time.monotonic() - began_at
        for watcher in watchers:
            watcher.cancel()
        await asyncio.wait(watchers)
        figures.intervals[-1].connected = figures.connected
        figures.is_over = True
        self.phase = "leaving"
        for player in players:
            player.leave_soon()
        await self._wait_left(lives)

    async def _stops_before(self, moment: float) -> bool:
        """Wait until this moment of the monotonic clock. True at once if the run has to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(moment - time.monotonic(), 0.0)):
                await self._stop.wait()
        return self._stop.is_set()

    async def _wait_left(self, lives: Sequence[asyncio.Task[None]]) -> None:
        if not lives:
            return
        _, late = await asyncio.wait(lives, timeout=LEAVE_WAIT_S)
        for life in late:
            life.cancel()
        if late:
            await asyncio.wait(late)
        self.faults = [repr(life.exception()) for life in lives if not life.cancelled() and life.exception()]

    async def _cut_intervals(self) -> None:
        interval_s = max(self.plan.seconds / INTERVALS_MAX, INTERVAL_MIN_S)
        while True:
            await asyncio.sleep(interval_s)
            self.figures.begin_interval()

    async def _measure_lag(self) -> None:
        while True:
            due_at = time.perf_counter() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            self.figures.lag.add((time.perf_counter() - due_at) * 1000)


async def _repeat(request: Callable[[], Awaitable[Answer]]) -> Answer:
    """Send a request until it is answered, at most `ATTEMPTS_MAX` times. Raises the errors of the last attempt."""
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return await request()
        except NoAnswer:
            await asyncio.sleep(RETRY_S)
    return await request()

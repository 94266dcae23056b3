"""One simulation: start the servers, let the players play while servers are killed, let everything end, and check."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tools.chaos.deployments import Deployment, create_deployment
from tools.chaos.servers.cluster import Cluster
from tools.chaos.servers.node import StartProcess, start_process
from tools.demo.address import Address
from tools.demo.answers import Answer, or_raise
from tools.demo.http_client import http_client
from tools.simulation.bot import Bot
from tools.simulation.checks import check
from tools.simulation.connection import Connection, PlayerSocket
from tools.simulation.documents import DOCUMENTS
from tools.simulation.pace import Pace
from tools.simulation.player import OpenSocket
from tools.simulation.records import Records
from tools.simulation.verdict import Verdict

SEARCH_S = 20.0
MATCH_ACCEPT_S = 6.0
SMALLER_MATCH_S = 5.0
"""A search soon takes fewer players, so that many searches of a run find a match."""
SEAT_HOLD_S = 5.0
GRACE_S = 10.0
SETTLE_S = GRACE_S + SEARCH_S + MATCH_ACCEPT_S + 4 * SEAT_HOLD_S
"""After this time without new actions every search and every wait has come to its end. After a start no server ends anything
for `GRACE_S`, because nobody could answer while it was down."""
LAST_ACTIONS_WAIT_S = 180.0
CONNECT_WAIT_S = 600.0
"""The time within which all players are connected, before the first one acts."""
IDLE_CHECK_S = 0.5
SIGN_INS_AT_ONCE = 16
CONNECT_EVERY_S = 0.01
CONNECTS_AT_ONCE = 16
PAUSE_S = 15.0

SERVER_SETTINGS = {
    "LOBBY_GRACE_WAITING_S": str(GRACE_S),
    "LOBBY_SEARCH_S": str(SEARCH_S),
    "LOBBY_MATCH_ACCEPT_S": str(MATCH_ACCEPT_S),
    "LOBBY_SMALLER_MATCH_S": str(SMALLER_MATCH_S),
    "LOBBY_SEAT_HOLD_S": str(SEAT_HOLD_S),
    "LOBBY_INBOX_ENTRIES_MAX": "10000",
    "LOBBY_RATE_LIMITS": "off",
    "LOBBY_CONNECTIONS_PER_ADDRESS_MAX": "100000",
    "LOBBY_TCP_CONNECTIONS_PER_ADDRESS_MAX": "100000",
    "LOBBY_RECONNECT_SPREAD_MAX_S": "10",
}
"""Waits that are short enough to run out in a run of some minutes, and inboxes that keep all entries for the checks. All other
settings have their defaults."""


@dataclass(frozen=True, slots=True)
class Plan:
    folder: Path
    players: int = 2_000
    seconds: float = 180.0
    seed: int = 1
    store: str | None = None
    nodes: int = 1
    pause_s: float = PAUSE_S
    """The mean time between two actions of one player."""
    kill_every_s: float | None = None
    """The mean time between two kills of a server; None: no kills."""
    start_process: StartProcess = start_process
    """How a server is started."""


@dataclass(slots=True)
class Simulation:
    """`phase` and `records` can be read while it runs."""

    plan: Plan
    phase: str = "starting the servers"
    records: Records = field(default_factory=Records)
    pace: Pace = field(default_factory=Pace)

    async def execute(self) -> Verdict:
        """Raises `NotUp` if a server cannot be started, `TimeoutError` if the players cannot connect."""
        plan = self.plan
        plan.folder.mkdir(parents=True, exist_ok=True)
        deployment = create_deployment(plan.store, plan.nodes, plan.folder)
        try:
            await deployment.open()
            cluster = self._cluster(deployment)
            try:
                await cluster.start()
                await self._play(cluster)
            finally:
                await cluster.kill()
            self.phase = "checking"
            return await check(deployment.direct_url, self.records, self.pace)
        finally:
            await deployment.close()

    def _cluster(self, deployment: Deployment) -> Cluster:
        stores = [deployment.store_url(node) for node in range(self.plan.nodes)]
        plan = self.plan
        return Cluster.create(stores, plan.folder, settings=SERVER_SETTINGS, start_process=plan.start_process)

    async def _play(self, cluster: Cluster) -> None:
        random = Random(self.plan.seed)  # noqa: S311
        self.phase = "signing in"
        accounts = await self._sign_in(cluster)
        crowd = [account["player"]["id"] for account in accounts]
        turn = asyncio.Semaphore(CONNECTS_AT_ONCE)
        bots = [
            Bot(
                account["player"],
                _opener(cluster.addresses, number, account["accessToken"], turn),
                self.records,
                self.pace,
                Random(random.getrandbits(64)),  # noqa: S311
                self.plan.pause_s,
                crowd,
            )
            for number, account in enumerate(accounts)
        ]
        self.phase = "connecting"
        lives = []
        for bot in bots:
            lives.append(asyncio.create_task(bot.live()))
            await asyncio.sleep(CONNECT_EVERY_S)
        try:
            async with asyncio.timeout(CONNECT_WAIT_S):
                await asyncio.gather(*(bot.is_connected.wait() for bot in bots))
            self.phase = "playing"
            lives.append(asyncio.create_task(self.pace.watch(lambda: _pids(cluster))))
            for bot in bots:
                bot.begin_acting()
            await self._kill_servers(cluster, time.monotonic() + self.plan.seconds, random)
            self.phase = "finishing the last actions"
            for bot in bots:
                bot.stop_acting()
            await self._wait_idle(bots, lives[: len(bots)])
            self.phase = "letting searches and waits end"
            await asyncio.sleep(SETTLE_S)
        finally:
            for life in lives:
                life.cancel()
            await asyncio.wait(lives)
        self.phase = "stopping the servers"
        self.records.stopped_at = time.time() * 1000
        for node in cluster.nodes:
            await node.stop()

    async def _wait_idle(self, bots: Sequence[Bot], lives: Sequence[asyncio.Task[None]]) -> None:
        """Return when all players have finished what they do, or have ended, which is a fault."""
        ends_at = time.monotonic() + LAST_ACTIONS_WAIT_S
        while any(not bot.is_idle.is_set() and not life.done() for bot, life in zip(bots, lives, strict=True)):
            if time.monotonic() > ends_at:
                late = [bot for bot in bots if not bot.is_idle.is_set()]
                self.records.late += [f"{bot.id} does not finish: {bot.doing}" for bot in late]
                break
            await asyncio.sleep(IDLE_CHECK_S)
        self.records.faults += [f"a player ended: {life.exception()!r}" for life in lives if life.done()]

    async def _sign_in(self, cluster: Cluster) -> list[Answer]:
        host, port = cluster.addresses[0]
        at_once = asyncio.Semaphore(SIGN_INS_AT_ONCE)
        async with http_client(Address(f"http://{host}:{port}"), DOCUMENTS) as http:

            async def sign_in(number: int) -> Answer:
                async with at_once:
                    answer = await http.run("SignIn", {"input": {"displayName": f"Player {number}"}})
                credentials: Answer = or_raise(answer)["credentials"]
                return credentials

            return list(await asyncio.gather(*map(sign_in, range(self.plan.players))))

    async def _kill_servers(self, cluster: Cluster, until: float, random: Random) -> None:
        """Return at `until`. Until then kill a server at intervals, and start it again."""
        every_s = self.plan.kill_every_s
        while every_s is not None and time.monotonic() + every_s < until:
            await asyncio.sleep(every_s * random.uniform(0.5, 1.0))
            node = random.choice(cluster.nodes)
            await node.kill()
            self.records.kills += 1
            await asyncio.sleep(random.uniform(0, 1))
            await node.start()
            await node.wait_up()
        await asyncio.sleep(max(0.0, until - time.monotonic()))


def _pids(cluster: Cluster) -> list[int]:
    return [node.pid for node in cluster.nodes if node.pid is not None]


def _opener(addresses: Sequence[tuple[str, int]], number: int, token: str, turn: asyncio.Semaphore) -> OpenSocket:
    random = Random(number)  # noqa: S311

    def open_socket(on_open: Callable[[Connection], None]) -> PlayerSocket:
        return PlayerSocket(addresses, number, token, turn, random, on_open)

    return open_socket

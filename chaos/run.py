"""One run, from the start of the servers to the verdict."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from chaos.chance import chance
from chaos.checks.judge import Verdict, judge
from chaos.checks.server_logs import bad_lines
from chaos.checks.violation import Violation
from chaos.evidence.evidence import Evidence
from chaos.figures import Figures
from chaos.homes import Home, home_for
from chaos.homes.misfortune import Misfortune
from chaos.plan import Plan
from chaos.players.board import Board
from chaos.players.player import Player
from chaos.players.world import World
from chaos.proxy.proxy import Proxy
from chaos.proxy.weather import Weather
from chaos.servers.cluster import ROOT, Cluster
from chaos.servers.killer import Killer
from chaos.servers.settings import TERMS
from chaos.settling import settle
from chaos.truth.left_behind import LeftBehind, left_behind
from chaos.truth.reading import read_logs
from chaos.truth.words import in_a_word
from lobby.operations.client_documents import client_documents


@dataclass(slots=True)
class Run:
    """`figures` can be looked at while it goes on."""

    plan: Plan
    figures: Figures = field(default_factory=Figures)
    evidence: Evidence = field(default_factory=Evidence)
    happened: Counter[str] = field(default_factory=Counter)
    """Entries of all logs, by what they say."""
    parties: int = 0
    lost: LeftBehind = field(default_factory=LeftBehind)
    """With primaries whose replicas took over."""

    async def play(self) -> Verdict:
        """Raises `NotUp` when a server can't be started."""
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        home = home_for(self.plan.store, self.plan.nodes, self.plan.folder)
        try:
            await home.open()
            cluster = await self._played(home)
            return await self._judged(cluster, home)
        finally:
            await home.close()

    async def _played(self, home: Home) -> Cluster:
        """Its servers are down on return."""
        cluster = Cluster.of([home.url_of(node) for node in range(self.plan.nodes)], self.plan.folder)
        try:
            await cluster.start()
            await self._play(cluster, home)
        finally:
            await cluster.kill()
        return cluster

    async def _play(self, cluster: Cluster, home: Home) -> None:
        seed = self.plan.seed
        proxy = Proxy(cluster.addresses, Weather(chance(seed, "weather")), chance(seed, "proxy"), self.figures)
        await proxy.open()
        world = self._world(proxy)
        try:
            async with asyncio.TaskGroup() as watching:
                players = [Player(world, number + 1, watching) for number in range(self.plan.players)]
                await self._storm(cluster, home, proxy, players)
                world.peace.set()
                await proxy.calm()
                await settle(players, self.evidence)
                await self._stop(cluster)
                raise _AllSeen
        except* _AllSeen:
            pass
        finally:
            await proxy.close()
        for player in players:
            await player.close()

    async def _storm(self, cluster: Cluster, home: Home, proxy: Proxy, players: list[Player]) -> None:
        """Until the time is over, all is up, and every act is answered."""
        until = time.monotonic() + self.plan.seconds
        killer = Killer(
            cluster,
            self.plan.kill_every_s,
            proxy.next_request,
            chance(self.plan.seed, "killer"),
            self.figures,
            self.evidence,
        )
        misfortune = Misfortune(
            home.mishaps(), self.plan.mishap_every_s, chance(self.plan.seed, "misfortune"), self.figures
        )
        async with asyncio.TaskGroup() as living:
            living.create_task(killer.run(until))
            living.create_task(misfortune.run(until))
            for player in players:
                living.create_task(player.live(until))

    async def _stop(self, cluster: Cluster) -> None:
        """In peace, with everybody watching."""
        for node in cluster.nodes:
            code = await node.stop()
            if code != 0:
                self.evidence.fault(f"{node.name} was asked to stop at the end, and ended with exit code {code}")

    async def _judged(self, cluster: Cluster, home: Home) -> Verdict:
        reading = await read_logs(home.truth_url, self.evidence.party_ids())
        self.parties = len(reading.logs)
        self.happened.update(in_a_word(entry.event) for log in reading.logs.values() for entry in log.entries)
        verdict = judge(self.evidence, reading.logs, TERMS)
        verdict.violations += reading.violations
        verdict.violations += _in_server_logs(cluster)
        self.lost = await left_behind(home.left_behind, home.truth_url)
        verdict.excuse(self.lost.party_ids)
        return verdict

    def _world(self, proxy: Proxy) -> World:
        return World(
            proxy.address,
            client_documents(ROOT / "client_queries"),
            self.evidence,
            self.figures,
            Board(self.plan.parties),
            self.plan.seed,
            self.plan.acts_per_s,
        )


class _AllSeen(Exception):
    """Ends the tasks of a group: devices would watch for ever."""


def _in_server_logs(cluster: Cluster) -> list[Violation]:
    found: list[Violation] = []
    for node in cluster.nodes:
        with node.log.open(encoding="utf-8", errors="replace") as lines:
            found += bad_lines(node.log.name, lines, may_not_start=node.supervised)
    return found

"""Kills servers at bad moments, and starts them again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random

from chaos.evidence.evidence import Evidence
from chaos.figures import Figures
from chaos.servers.cluster import Cluster
from chaos.servers.node import Node

TERMINATED_SHARE = 0.2
"""Of the kills: those by SIGTERM, which a server has to heed with exit code 0."""
AT_START_SHARE = 0.15
"""Of the restarts: those whose server is killed again while it is still starting."""
AT_REQUEST_SHARE = 0.7
"""Of the kills: those right after a request was passed on, before its answer."""
AFTER_REQUEST_S = 0.02
STARTING_S = 1.5
REQUEST_WAIT_S = 1.0


class Killer:
    """One node at a time, every `every_s` on average. `next_request` returns when one is on its way to a server."""

    def __init__(
        self,
        cluster: Cluster,
        every_s: float,
        next_request: Callable[[], Awaitable[None]],
        chance: Random,
        figures: Figures,
        evidence: Evidence,
    ) -> None:
        self._cluster = cluster
        self._every_s = every_s
        self._next_request = next_request
        self._chance = chance
        self._figures = figures
        self._evidence = evidence

    async def run(self, until: float) -> None:
        """Until `until` of the monotonic clock; every server is up on return. Raises `NotUp`."""
        while True:
            pause_s = self._every_s * self._chance.uniform(0.5, 1.5)
            if time.monotonic() + pause_s > until:
                await asyncio.sleep(max(0.0, until - time.monotonic()))
                return
            node = self._chance.choice(self._cluster.nodes)
            await self._watch(node, pause_s)
            await self._strike(node)
            await self._restart(node)

    async def _watch(self, node: Node, pause_s: float) -> None:
        """A server that ends by itself meanwhile has a fault."""
        try:
            code = await asyncio.wait_for(node.ended(), pause_s)
        except TimeoutError:
            return
        self._evidence.fault(f"{node.name} ended by itself with exit code {code}")

    async def _strike(self, node: Node) -> None:
        if self._chance.random() < TERMINATED_SHARE:
            await self._terminate(node)
            return
        if self._chance.random() < AT_REQUEST_SHARE:
            await self._await_request()
            await asyncio.sleep(self._chance.uniform(0, AFTER_REQUEST_S))
        self._figures.kills += 1
        self._figures.killed_in_flight += self._figures.in_flight
        await node.kill()

    async def _await_request(self) -> None:
        try:
            await asyncio.wait_for(self._next_request(), REQUEST_WAIT_S)
        except TimeoutError:
            return

    async def _terminate(self, node: Node) -> None:
        self._figures.terminations += 1
        began_at = time.monotonic()
        code = await node.stop()
        self._figures.stop_s.append(time.monotonic() - began_at)
        if code != 0:
            self._evidence.fault(f"{node.name} was asked to stop by SIGTERM, and ended with exit code {code}")

    async def _restart(self, node: Node) -> None:
        began_at = time.monotonic()
        await node.start()
        if self._chance.random() < AT_START_SHARE:
            await asyncio.sleep(self._chance.uniform(0, STARTING_S))
            self._figures.kills += 1
            await node.kill()
            began_at = time.monotonic()
            await node.start()
        await node.up()
        self._figures.restart_s.append(time.monotonic() - began_at)

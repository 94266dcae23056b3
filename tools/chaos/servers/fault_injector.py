"""Injects faults into servers: kills at bad moments, pauses, clock steps, rolling restarts and restores of the SQLite file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import Random

from tools.chaos.evidence import Evidence
from tools.chaos.figures import Figures
from tools.chaos.plan import CLOCK, KILL, PAUSE, RESTORE, ROLLING
from tools.chaos.servers.backups import StoreFile
from tools.chaos.servers.cluster import Cluster
from tools.chaos.servers.node import Node

TERMINATED_SHARE = 0.2
"""The share of kills by SIGTERM, after which a server must exit with code 0."""
AT_START_SHARE = 0.15
"""The share of restarts in which the server is killed again while it starts."""
AT_REQUEST_SHARE = 0.7
"""The share of kills right after the proxy passed a request on."""
AFTER_REQUEST_S = 0.02
STARTING_S = 1.5
REQUEST_WAIT_S = 1.0
PAUSE_S = (0.5, 8.0)
"""Below and above the time from which the server treats a pause like a restart."""
STEP_IN_PAUSE_SHARE = 0.3
"""The share of pauses at whose end the clock is another one, as on a virtual machine that was resumed."""
CLOCK_OFFSET_MAX_S = 30.0
"""The greatest difference between the clock of the server and the clock of the machine."""
BACKUP_AGE_S = (1.0, 8.0)
"""The time from a backup to the end of the server, whose commits are lost."""
KILL_AFTER_BACKUP_SHARE = 0.3
"""The share of restores with a kill and a restart between the backup and the end."""
WEIGHTS: Mapping[str, float] = {KILL: 1.0, PAUSE: 0.6, CLOCK: 0.8, ROLLING: 0.4, RESTORE: 0.4}


@dataclass(frozen=True, slots=True)
class RunRecords:
    """The objects that the injector reports to."""

    figures: Figures
    evidence: Evidence


class ServerFaultInjector:
    """Injects one fault at a time, every `every_s` on average. `next_request` returns when the proxy passes a request on.

    `store_file` is needed for restores.
    """

    def __init__(
        self,
        cluster: Cluster,
        every_s: float,
        kinds: frozenset[str],
        next_request: Callable[[], Awaitable[None]],
        random: Random,
        records: RunRecords,
        store_file: StoreFile | None = None,
    ) -> None:
        self._cluster = cluster
        self._every_s = every_s
        self._next_request = next_request
        self._random = random
        self._figures = records.figures
        self._evidence = records.evidence
        self._store_file = store_file
        faults: dict[str, Callable[[Node], Awaitable[None]]] = {
            KILL: self._end_and_restart,
            PAUSE: self._pause,
            CLOCK: self._step_clock,
            ROLLING: self._roll,
            RESTORE: self._restore,
        }
        self._faults = {kind: fault for kind, fault in faults.items() if kind in kinds}

    async def run(self, until: float) -> None:
        """Inject faults until `until` of the monotonic clock. All servers are up on return. Raises `NotUp`."""
        weights = [WEIGHTS[kind] for kind in self._faults]
        while True:
            pause_s = self._every_s * self._random.uniform(0.5, 1.5)
            if not self._faults or time.monotonic() + pause_s > until:
                await asyncio.sleep(max(0.0, until - time.monotonic()))
                return
            node = self._random.choice(self._cluster.nodes)
            await self._watch(node, pause_s)
            kind = self._random.choices(list(self._faults), weights)[0]
            await self._faults[kind](node)

    async def _watch(self, node: Node, pause_s: float) -> None:
        """Wait for `pause_s`; a server that exits by itself in this time is a failure."""
        try:
            code = await asyncio.wait_for(node.wait_exit(), pause_s)
        except TimeoutError:
            return
        self._evidence.record_failure(f"{node.name} exited by itself with code {code}")

    async def _end_and_restart(self, node: Node) -> None:
        await self._end(node)
        await self._restart(node)

    async def _end(self, node: Node) -> None:
        if self._random.random() < TERMINATED_SHARE:
            await self._terminate(node)
        else:
            await self._kill(node)

    async def _kill(self, node: Node) -> None:
        if self._random.random() < AT_REQUEST_SHARE:
            await self._wait_for_request()
            await asyncio.sleep(self._random.uniform(0, AFTER_REQUEST_S))
        self._figures.kills += 1
        self._figures.killed_in_flight += self._figures.in_flight
        await node.kill()

    async def _wait_for_request(self) -> None:
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
            self._evidence.record_failure(f"{node.name} was asked to stop by SIGTERM, and exited with code {code}")

    async def _restart(self, node: Node) -> None:
        began_at = time.monotonic()
        await node.start()
        if self._random.random() < AT_START_SHARE:
            await asyncio.sleep(self._random.uniform(0, STARTING_S))
            self._figures.kills += 1
            await node.kill()
            began_at = time.monotonic()
            await node.start()
        await node.wait_up()
        self._figures.restart_s.append(time.monotonic() - began_at)

    async def _pause(self, node: Node) -> None:
        """Suspend a server, as its machine may be. At the end its clock may have been set."""
        self._count("pauses")
        node.freeze()
        await asyncio.sleep(self._random.uniform(*PAUSE_S))
        if node.clock is not None and CLOCK in self._faults and self._random.random() < STEP_IN_PAUSE_SHARE:
            await self._step_clock(node)
        node.thaw()

    async def _step_clock(self, node: Node) -> None:
        assert node.clock is not None, "clocks are faked"
        before_s, after_s = node.clock.offset_s, self._random.uniform(-CLOCK_OFFSET_MAX_S, CLOCK_OFFSET_MAX_S)
        node.clock.set_offset(after_s)
        self._count("clock steps forward" if after_s > before_s else "clock steps back")
        self._figures.clock_step_max_s = max(self._figures.clock_step_max_s, abs(after_s - before_s))

    async def _roll(self, node: Node) -> None:
        """Restart all servers, one after the other, as a deploy does."""
        self._count("rolling restarts")
        for each in self._cluster.nodes:
            began_at = time.monotonic()
            await self._terminate(each)
            await each.start()
            await each.wait_up()
            self._figures.restart_s.append(time.monotonic() - began_at)

    async def _restore(self, node: Node) -> None:
        """Stop the server, and start it with a backup of some seconds before."""
        assert self._store_file is not None, "the store is a file"
        self._count("restores")
        backup = await asyncio.to_thread(self._store_file.back_up)
        if self._random.random() < KILL_AFTER_BACKUP_SHARE:
            await self._end_and_restart(node)
        await asyncio.sleep(self._random.uniform(*BACKUP_AGE_S))
        await self._end(node)
        await asyncio.to_thread(self._store_file.restore, backup, self._random)
        self._evidence.era += 1
        await self._restart(node)

    def _count(self, name: str) -> None:
        self._figures.server_faults[name] += 1

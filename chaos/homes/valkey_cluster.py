"""A Valkey cluster for all servers. Primaries die now and then, and their replicas take over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from random import Random

from chaos.homes.home import Mishap
from chaos.valkey.cluster import NODE_TIMEOUT_MS, ValkeyCluster

DOWN_MAX_S = 3.0
BEHIND_S = (0.1, 0.6)
FROZEN_MAX_S = NODE_TIMEOUT_MS / 1000 / 2
"""Not long enough for the others to take it for dead."""


class ClusterHome:
    """Servers find a new primary by themselves: they are given all addresses, and no way of their own that could be cut."""

    def __init__(self, folder: Path) -> None:
        self._cluster = ValkeyCluster(folder)

    async def open(self) -> None:
        await asyncio.to_thread(self._cluster.start)

    def url_of(self, node: int) -> str:
        return self.truth_url

    @property
    def truth_url(self) -> str:
        return "valkey+cluster://" + ",".join(f"{host}:{port}" for host, port in self._cluster.addresses)

    @property
    def left_behind(self) -> Sequence[Path]:
        """What each primary that died had on its disk."""
        return self._cluster.left_behind

    def mishaps(self) -> Sequence[Mishap]:
        return (
            Mishap("a primary killed, its replica took over", 0.45, self._fail_over),
            Mishap("a primary cut off from its replica, then killed", 0.25, self._fail_over_behind),
            Mishap("a Valkey of the cluster frozen", 0.3, self._freeze),
        )

    async def close(self) -> None:
        await asyncio.to_thread(self._cluster.kill)

    async def _fail_over(self, chance: Random) -> None:
        await asyncio.to_thread(self._cluster.fail_over, chance, chance.uniform(0, DOWN_MAX_S))

    async def _fail_over_behind(self, chance: Random) -> None:
        behind_s = chance.uniform(*BEHIND_S)
        await asyncio.to_thread(self._cluster.fail_over, chance, chance.uniform(0, DOWN_MAX_S), behind_s)

    async def _freeze(self, chance: Random) -> None:
        server = chance.choice(self._cluster.servers)
        server.freeze()
        await asyncio.sleep(chance.uniform(0, FROZEN_MAX_S))
        server.thaw()

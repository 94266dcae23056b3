"""The stores that a run can be played on, and the faults that are injected into them.

A deployment gives each server the URL of its store. `create_deployment` chooses one; `StoreFaultInjector` injects its faults.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

from tools.chaos.figures import Figures
from tools.chaos.valkey.call_faults import CallFaults
from tools.chaos.valkey.cluster import NODE_TIMEOUT_MS, ValkeyCluster
from tools.chaos.valkey.server import DURABLE, ValkeyServer
from tools.chaos.valkey.store_link import StoreLink

VALKEY = "valkey"
VALKEY_CLUSTER = "valkey-cluster"

DOWN_MAX_S = 2.0
FROZEN_MAX_S = 4.0
CUT_MAX_S = 3.0
SILENT_MAX_S = 6.0
PRIMARY_DOWN_MAX_S = 3.0
REPLICA_BEHIND_S = (0.1, 0.6)
CLUSTER_FROZEN_MAX_S = NODE_TIMEOUT_MS / 1000 / 2
"""Short enough that the other nodes do not take a frozen node for dead."""


@dataclass(frozen=True, slots=True)
class StoreFault:
    """A fault of a store. `inject` causes it, repairs it and returns. `share` is its weight among the store's faults."""

    name: str
    share: float
    inject: Callable[[Random], Awaitable[None]]


class Deployment(Protocol):
    """A store that the servers of a run share."""

    async def open(self) -> None:
        """Start it, before the first server starts."""

    def store_url(self, node: int) -> str:
        """LOBBY_STORE of server number `node`, from 0."""

    @property
    def direct_url(self) -> str:
        """The URL without injected faults, by which the logs are read at the end."""

    @property
    def loses_tails(self) -> bool:
        """True if a fault can take back what was acknowledged, without a new epoch."""

    @property
    def dead_primaries(self) -> Sequence[Path]:
        """Copies of the data of primaries that died and whose replicas took over."""

    def store_faults(self) -> Sequence[StoreFault]:
        """The faults that it can have; none for a file."""

    async def close(self) -> None:
        """End its processes; its data stays."""


def create_deployment(store: str | None, nodes: int, folder: Path, call_faults: CallFaults | None = None) -> Deployment:
    """`store`: None for an SQLite file in `folder`, "valkey" or "valkey-cluster" for a new one in `folder`, or a URL.

    `call_faults`: for the calls to a new Valkey.
    """
    if store == VALKEY:
        return SingleValkey(folder / "valkey", nodes, call_faults)
    if store == VALKEY_CLUSTER:
        return ClusteredValkey(folder / "valkey", nodes, call_faults)
    return ExternalStore(store or f"sqlite:///{folder.absolute() / 'lobby.db'}")


class StoreFaultInjector:
    """Injects one fault at a time, every `every_s` on average."""

    def __init__(self, faults: Sequence[StoreFault], every_s: float, random: Random, figures: Figures) -> None:
        self._faults = faults
        self._every_s = every_s
        self._random = random
        self._figures = figures

    async def run(self, until: float) -> None:
        """Inject faults until `until` of the monotonic clock. The last fault is repaired on return."""
        shares = [fault.share for fault in self._faults]
        while self._faults:
            pause_s = self._every_s * self._random.uniform(0.5, 1.5)
            if time.monotonic() + pause_s > until:
                return
            await asyncio.sleep(pause_s)
            fault = self._random.choices(self._faults, shares)[0]
            self._figures.store_faults[fault.name] += 1
            await fault.inject(self._random)


class ExternalStore:
    """A file, or a store that runs already. No faults are injected."""

    loses_tails = False

    def __init__(self, url: str) -> None:
        self.direct_url = url

    async def open(self) -> None:
        pass

    def store_url(self, node: int) -> str:
        return self.direct_url

    @property
    def dead_primaries(self) -> Sequence[Path]:
        return ()

    def store_faults(self) -> Sequence[StoreFault]:
        return ()

    async def close(self) -> None:
        pass


class SingleValkey:
    """One Valkey for all servers, which writes to the disk before it answers (`DURABLE`).

    It is killed and frozen; each server reaches it over a `StoreLink`, which is cut and silenced.
    """

    loses_tails = False

    def __init__(self, folder: Path, nodes: int, call_faults: CallFaults | None = None) -> None:
        self._server = ValkeyServer(folder, DURABLE)
        self._links = [StoreLink(self._server.address, call_faults) for _ in range(nodes)]

    async def open(self) -> None:
        await asyncio.to_thread(self._server.start)
        for link in self._links:
            await link.open()

    def store_url(self, node: int) -> str:
        host, port = self._links[node].address
        return f"valkey://{host}:{port}/0"

    @property
    def direct_url(self) -> str:
        return self._server.url

    @property
    def dead_primaries(self) -> Sequence[Path]:
        return ()

    def store_faults(self) -> Sequence[StoreFault]:
        return (
            StoreFault("Valkey killed and restarted", 0.3, self._restart),
            StoreFault("Valkey frozen", 0.15, self._freeze),
            StoreFault("a server cut off from Valkey", 0.35, self._cut),
            StoreFault("a server's link to Valkey silent", 0.2, self._silence),
        )

    async def close(self) -> None:
        for link in self._links:
            await link.close()
        await asyncio.to_thread(self._server.kill)

    async def _restart(self, random: Random) -> None:
        await asyncio.to_thread(self._server.kill)
        await asyncio.sleep(random.uniform(0, DOWN_MAX_S))
        await asyncio.to_thread(self._server.start)

    async def _freeze(self, random: Random) -> None:
        self._server.freeze()
        await asyncio.sleep(random.uniform(0, FROZEN_MAX_S))
        self._server.thaw()

    async def _cut(self, random: Random) -> None:
        link = random.choice(self._links)
        await link.cut()
        await asyncio.sleep(random.uniform(0, CUT_MAX_S))
        link.restore()

    async def _silence(self, random: Random) -> None:
        link = random.choice(self._links)
        link.silence()
        await asyncio.sleep(random.uniform(0, SILENT_MAX_S))
        link.restore()


class ClusteredValkey:
    """A Valkey cluster for all servers. Its primaries are killed, and their replicas take over.

    Servers find a new primary by themselves, so they get the addresses of all nodes. With `call_faults` these are the addresses
    of links, one for each server and node.
    """

    loses_tails = True

    def __init__(self, folder: Path, nodes: int, call_faults: CallFaults | None = None) -> None:
        self._cluster = ValkeyCluster(folder)
        addresses = self._cluster.addresses if call_faults is not None else []
        self._links = [[StoreLink(address, call_faults) for address in addresses] for _ in range(nodes)]
        """By server: the links to all nodes."""

    async def open(self) -> None:
        await asyncio.to_thread(self._cluster.start)
        for links in self._links:
            for link in links:
                await link.open()
            ports = [port for _, port in self._cluster.addresses]
            renamed = dict(zip(ports, (link.address[1] for link in links), strict=False))
            for link in links:
                link.renamed_ports = renamed

    def store_url(self, node: int) -> str:
        return _cluster_url([link.address for link in self._links[node]] or self._cluster.addresses)

    @property
    def direct_url(self) -> str:
        return _cluster_url(self._cluster.addresses)

    @property
    def dead_primaries(self) -> Sequence[Path]:
        return self._cluster.dead_primaries

    def store_faults(self) -> Sequence[StoreFault]:
        return (
            StoreFault("a primary killed, its replica took over", 0.45, self._fail_over),
            StoreFault("a primary cut off from its replica, then killed", 0.25, self._fail_over_behind),
            StoreFault("a Valkey of the cluster frozen", 0.3, self._freeze),
        )

    async def close(self) -> None:
        for links in self._links:
            for link in links:
                await link.close()
        await asyncio.to_thread(self._cluster.kill)

    async def _fail_over(self, random: Random) -> None:
        await asyncio.to_thread(self._cluster.fail_over, random, random.uniform(0, PRIMARY_DOWN_MAX_S))

    async def _fail_over_behind(self, random: Random) -> None:
        behind_s = random.uniform(*REPLICA_BEHIND_S)
        await asyncio.to_thread(self._cluster.fail_over, random, random.uniform(0, PRIMARY_DOWN_MAX_S), behind_s)

    async def _freeze(self, random: Random) -> None:
        server = random.choice(self._cluster.servers)
        server.freeze()
        await asyncio.sleep(random.uniform(0, CLUSTER_FROZEN_MAX_S))
        server.thaw()


def _cluster_url(addresses: Sequence[tuple[str, int]]) -> str:
    return "valkey+cluster://" + ",".join(f"{host}:{port}" for host, port in addresses)

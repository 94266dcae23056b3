"""Where a store under test lives, so that it can be closed and opened again."""

from __future__ import annotations

from dataclasses import dataclass, field

from lobby.ports import Retention, Store
from lobby.stores import SqliteLimits, open_store
from lobby.stores.valkey import open_valkey
from tests.stores.changes import BOUNDS
from tests.stores.clock import ManualClock
from tests.stores.gate import SteeredGate


@dataclass
class Home:
    url: str
    clock: ManualClock = field(default_factory=ManualClock)
    gate: SteeredGate = field(default_factory=SteeredGate)
    retention: Retention = field(default_factory=Retention)
    limits: SqliteLimits = field(default_factory=SqliteLimits)
    waiting_max: int = 100
    has_gate: bool = True
    partitions: int = 1

    async def open(self) -> Store:
        return await open_store(
            self.url,
            BOUNDS,
            self.retention,
            self.clock,
            limits=self.limits,
            waiting_max=self.waiting_max,
            gate=self.gate,
        )


@dataclass
class ValkeyHome(Home):
    """Of one server; `partitions` as it has one, or as a cluster has."""

    has_gate: bool = False

    async def open(self) -> Store:
        return await open_valkey(self.url, BOUNDS, self.retention, self.clock, partitions=self.partitions)

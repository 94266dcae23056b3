"""A place for a store under test, so that it can be closed and opened again."""

from __future__ import annotations

from dataclasses import dataclass, field

from lobby.ports import Retention, Store
from lobby.stores import SqliteLimits, open_store
from lobby.stores.valkey.opening import open_valkey
from tests.lobby.stores.changes import BOUNDS
from tests.lobby.stores.write_blocker import WriteBlocker
from tests.manual_clock import ManualClock


@dataclass
class Home:
    url: str
    clock: ManualClock = field(default_factory=ManualClock)
    write_blocker: WriteBlocker = field(default_factory=WriteBlocker)
    retention: Retention = field(default_factory=Retention)
    limits: SqliteLimits = field(default_factory=SqliteLimits)
    waiting_max: int = 100
    has_write_hook: bool = True
    partitions: int = 1
    sends_events: bool = False

    async def open(self) -> Store:
        return await open_store(
            self.url,
            BOUNDS,
            self.retention,
            self.clock,
            limits=self.limits,
            waiting_max=self.waiting_max,
            write_hook=self.write_blocker,
            sends_events=self.sends_events,
        )


@dataclass
class ValkeyHome(Home):
    """A store on one server. `partitions`: one partition, as a server has, or several, as a cluster has."""

    has_write_hook: bool = False

    async def open(self) -> Store:
        return await open_valkey(
            self.url,
            BOUNDS,
            self.retention,
            self.clock,
            partitions=self.partitions,
            sends_events=self.sends_events,
        )

"""The counts and times of a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lobby.domain.values import Instant
from tools.chaos.proxy.counts import ConnectionCounts


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """The time in which a maintenance was in force on all servers, by their clock."""

    begins_at: Instant
    ends_at: Instant

    def contains(self, at: Instant) -> bool:
        return self.begins_at <= at < self.ends_at


@dataclass(slots=True)
class Figures(ConnectionCounts):
    """Each figure is updated where the thing happens, and read by the progress line and the summary."""

    mutations: int = 0
    """Mutations that players sent, each under its own idempotency key."""
    requests: int = 0
    """Copies of them that were sent."""
    acknowledged: int = 0
    """Acceptances that arrived, over all copies."""
    retried: int = 0
    """Copies that were sent because an earlier one got no answer."""
    repeated: int = 0
    """Copies that were sent at the same time as another one, or after an answer."""
    replayed: int = 0
    """Acceptances that repeated the answer to an earlier copy."""
    rejections: Counter[str] = field(default_factory=Counter)
    by_operation: Counter[str] = field(default_factory=Counter)
    by_transport: Counter[str] = field(default_factory=Counter)
    queries: int = 0
    refreshed: int = 0
    in_flight: int = 0
    """Copies that wait for their answer at this moment."""

    drained: int = 0
    """Streams that got the Heartbeat of a server that stops, and then the close code 1012."""
    completed: int = 0
    """Streams that a stopping server completed instead. For stock clients this means that the stream is over."""
    kills: int = 0
    killed_in_flight: int = 0
    terminations: int = 0
    restart_s: list[float] = field(default_factory=list)
    """Times from the start of a process until it answers."""
    server_faults: Counter[str] = field(default_factory=Counter)
    """The number of faults by name, besides kills and terminations."""
    clock_step_max_s: float = 0.0
    direct_requests: int = 0
    """Requests of bystanders to servers that nothing happened to."""
    direct_wait_max_s: float = 0.0
    """The longest time of such a request."""
    call_faults: Counter[str] = field(default_factory=Counter)
    """Calls of scripts in Valkey, by fault, and the results of late calls."""
    store_faults: Counter[str] = field(default_factory=Counter)
    """By name of the fault."""
    stop_s: list[float] = field(default_factory=list)
    """Times from SIGTERM to the exit."""

    maintenances: list[MaintenanceWindow] = field(default_factory=list)
    ended_in_maintenance: int = 0
    """Sessions that were completed in one of them."""

    subscriptions: int = 0
    resumes: int = 0
    """Subscriptions with a cursor."""
    frames: int = 0
    by_frame: Counter[str] = field(default_factory=Counter)
    snapshots: Counter[str] = field(default_factory=Counter)
    """The number of snapshots by reason."""
    unanswered_s: float = 0.0
    """The longest time from a mutation's first copy to its answer."""

"""The settings of one run, and the random generators that follow from its seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from tools.chaos.servers.node import StartProcess, start_process

SECONDS = 60.0
SEED = 1
PLAYERS = 40
PARTIES = 10
ACTIONS_PER_S = 0.8
KILL_EVERY_S = 6.0
STORE_FAULT_EVERY_S = 8.0

KILL, PAUSE, CLOCK, ROLLING, RESTORE = "kill", "pause", "clock", "rolling", "restore"
"""Faults of servers."""
STORE, CALLS, SKEW = "store", "calls", "skew"
"""Faults of Valkey and of the connections to it; late and repeated calls; different clocks of the nodes."""
MAINTENANCE = "maintenance"
"""Maintenances that are announced, begin and end: no fault, but players must come to no harm either."""
FAULTS = (KILL, PAUSE, CLOCK, ROLLING, RESTORE, STORE, CALLS, SKEW, MAINTENANCE)
DEFAULT_FAULTS = frozenset({KILL, STORE})

SOAK_S = 1800.0
SOAK_FAULTS = frozenset({KILL, PAUSE, CLOCK, ROLLING, RESTORE})
"""All faults of a server over a file."""
SOAK_FAULTS_OF_NODES = frozenset({KILL, PAUSE, ROLLING, STORE, CALLS, SKEW})
"""All faults of several nodes over a Valkey."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`folder` receives the servers' logs, the store if it is a file, and the violations."""

    folder: Path
    seconds: float = SECONDS
    """The time with faults; catching up and checking take some more."""
    seed: int = SEED
    players: int = PLAYERS
    parties: int = PARTIES
    """The number of parties at which players stop to create new ones."""
    nodes: int = 1
    store: str | None = None
    """See `create_deployment`."""
    actions_per_s: float = ACTIONS_PER_S
    """The rate of one player."""
    kill_every_s: float = KILL_EVERY_S
    """The mean time between faults of servers, of all kinds."""
    store_fault_every_s: float = STORE_FAULT_EVERY_S
    """The mean time between faults of the store and of the connections to it."""
    faults: frozenset[str] = DEFAULT_FAULTS
    """Names in `FAULTS`."""
    start_process: StartProcess = start_process
    """How a server is started."""

    @property
    def store_path(self) -> Path:
        """The SQLite file, if the run uses a file as its store."""
        return self.folder.absolute() / "lobby.db"


def random_for(seed: int, *names: object) -> Random:
    """A generator that is the same for the same seed and names.

    Each user has its own, so none changes what another draws. The timing of a run still depends on the machine.
    """
    return Random(":".join(map(str, (seed, *names))))  # noqa: S311  # nothing here is a secret

"""What a run is to be like."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SECONDS = 60.0
SEED = 1
PLAYERS = 40
PARTIES = 10
ACTS_PER_S = 0.8
KILL_EVERY_S = 6.0
MISHAP_EVERY_S = 8.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`folder` takes the servers' logs, their store where it is a file, and the report of what was wrong."""

    folder: Path
    seconds: float = SECONDS
    """Of bad weather and kills; coming to rest and judging take a while more."""
    seed: int = SEED
    players: int = PLAYERS
    parties: int = PARTIES
    """That players wish for at once; there may be some more."""
    nodes: int = 1
    store: str | None = None
    """As `home_for` takes it."""
    acts_per_s: float = ACTS_PER_S
    """Of one player."""
    kill_every_s: float = KILL_EVERY_S
    mishap_every_s: float = MISHAP_EVERY_S
    """Of the place where things are kept, where something can go wrong there."""

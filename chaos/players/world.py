"""What all players of a run share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from chaos.evidence.evidence import Evidence
from chaos.figures import Figures
from chaos.players.board import Board


@dataclass(frozen=True, slots=True)
class World:
    """`address`: where the lobby is, as far as players know."""

    address: tuple[str, int]
    documents: Mapping[str, str]
    """By operation name."""
    evidence: Evidence
    figures: Figures
    board: Board
    seed: int
    acts_per_s: float
    """Of one player, while the server answers at once."""
    peace: asyncio.Event = field(default_factory=asyncio.Event)
    """Once it is set, players keep still: they look, and no longer close what they look at."""

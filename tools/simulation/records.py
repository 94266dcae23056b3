"""The events that the players got, for the checks at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Block:
    """A block that the server has acknowledged at `answered_at` (wall time in ms)."""

    player_id: str
    blocked_id: str
    answered_at: float


@dataclass(frozen=True, slots=True)
class Cancel:
    """The answer to `cancelSearch`: the state in which the search was, CANCELLED or MATCHED."""

    search_id: str
    state: str


@dataclass(frozen=True, slots=True)
class QuickJoin:
    """A quick join that gave `player_id` a seat. `seq`: the number of the log entry of this join."""

    player_id: str
    party_id: str
    seq: int


@dataclass(slots=True)
class Records:
    blocks: list[Block] = field(default_factory=list)
    cancels: list[Cancel] = field(default_factory=list)
    searches: set[str] = field(default_factory=set)
    """The ids of the searches whose start was answered."""
    invites: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By the id of an invite whose making was answered: who invited whom."""
    quick_joins: list[QuickJoin] = field(default_factory=list)
    inboxes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By player: the frames of the inbox, without heartbeats, in the order in which they came."""
    full_parties: dict[str, None] = field(default_factory=dict)
    """Parties that a member has seen full. The public list has none of them: players give them to each other."""
    actions: Counter[str] = field(default_factory=Counter)
    """The acts of players: the answered operations by name and outcome, lost connections and returns."""
    search_ends: Counter[str] = field(default_factory=Counter)
    """How the searches ended, as the checks find it in the logs."""
    faults: list[str] = field(default_factory=list)
    """Faults that a player saw and that the server must never make."""
    late: list[str] = field(default_factory=list)
    """Events and answers that came too late. On a machine that is too slow they say nothing about the server."""
    kills: int = 0
    stopped_at: float | None = None
    """When the servers were stopped at the end, wall time in ms."""

"""Hints that something has happened."""

from __future__ import annotations

from typing import Protocol

from lobby.domain.values import PartyId


class Signals(Protocol):
    async def publish(self, party_id: PartyId, seq: int) -> None:
        """Hint that the log of a party has reached `seq`. Never raises: a lost hint costs latency, nothing else."""

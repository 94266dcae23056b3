"""The commits of this node that quick joins must know of before they are durable: new parties, and joins of others.

Without this, eight players who press "quick join" at the same moment create eight parties: each of them reads the public list
before the first party is on it. And where nodes share a store, those who want the same party would all decide on the same
state of it, and only one in a round would get in.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from lobby.domain.listing import PartyFilter, is_listed, matches
from lobby.domain.model import Party
from lobby.domain.values import PartyId, PlayerId

_ENDED_KEPT = 256
"""Creations that are remembered after their end. More than that end during one search only under extreme load."""


class PartyInCreation:
    """One party on its way to the store. Quick joins reserve its free seats until it is there."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.seats_left = party.free_seats
        self._ended = asyncio.Event()

    async def wait(self) -> None:
        """Return once the commit has ended, in either way."""
        await self._ended.wait()

    def end(self) -> None:
        self._ended.set()


class CreationSlot:
    """The announcement of one command: at most one party at a time."""

    def __init__(self, parties: PartiesInCreation) -> None:
        self._parties = parties
        self._announced: PartyInCreation | None = None

    def announce(self, party: Party) -> None:
        """Show `party` to other quick joins. Call it before anything is awaited, or they start creations of their own."""
        self.withdraw()
        self._announced = self._parties.add(party)

    def withdraw(self) -> None:
        """The commit of the announced party has ended, or will never come."""
        if self._announced is not None:
            self._parties.remove(self._announced)
            self._announced = None


class PartiesInCreation:
    """All parties in creation on this node, the oldest first."""

    def __init__(self) -> None:
        self._with_seats: dict[PartyId, PartyInCreation] = {}
        """The parties with a seat that is not reserved."""
        self._ended: deque[tuple[int, Party]] = deque(maxlen=_ENDED_KEPT)
        self.ended_count = 0

    @contextmanager
    def slot(self) -> Iterator[CreationSlot]:
        """A slot for one command that may create a party. Its announcement is withdrawn at the end."""
        slot = CreationSlot(self)
        try:
            yield slot
        finally:
            slot.withdraw()

    def reserve_seat(self, wanted: PartyFilter) -> PartyInCreation | None:
        """A party in creation that will be on the public list and passes the filter, with one of its seats reserved."""
        for creation in self._with_seats.values():
            if matches(creation.party, wanted):
                creation.seats_left -= 1
                if creation.seats_left == 0:
                    del self._with_seats[creation.party.id]
                return creation
        return None

    def has_ended_since(self, count: int, wanted: PartyFilter) -> bool:
        """True if a party that passes the filter has left this registry since `ended_count` was `count`."""
        return any(number > count and matches(party, wanted) for number, party in self._ended)

    def add(self, party: Party) -> PartyInCreation:
        """Only `CreationSlot` calls this."""
        creation = PartyInCreation(party)
        if is_listed(party):
            self._with_seats[party.id] = creation
        return creation

    def remove(self, creation: PartyInCreation) -> None:
        """Only `CreationSlot` calls this."""
        self._with_seats.pop(creation.party.id, None)
        self.ended_count += 1
        if is_listed(creation.party):
            self._ended.append((self.ended_count, creation.party))
        creation.end()


class JoinInFlight:
    """One quick join that has chosen a party, until its commit has ended."""

    def __init__(self, party_id: PartyId, player_id: PlayerId) -> None:
        self.party_id = party_id
        self.player_id = player_id
        self._ended = asyncio.Event()

    async def wait(self) -> None:
        """Return once the commit has ended, in either way."""
        await self._ended.wait()

    def end(self) -> None:
        self._ended.set()


class JoinQueues:
    """By party: the quick joins of this node that have chosen it, in order. Each of them needs a seat."""

    def __init__(self) -> None:
        self._queues: dict[PartyId, list[JoinInFlight]] = {}

    def ahead(self, party: Party, join: JoinInFlight | None = None) -> list[JoinInFlight]:
        """The joins before `join` (None: all) of players who are not in `party` yet. A commit is in
        the latest state at once, except one over several partitions of a Valkey cluster: that is there when it returns."""
        queue = self._queues.get(party.id, [])
        before = queue[: queue.index(join)] if join is not None else queue
        return [other for other in before if party.member(other.player_id) is None]

    def enter(self, party_id: PartyId, player_id: PlayerId) -> JoinInFlight:
        join = JoinInFlight(party_id, player_id)
        self._queues.setdefault(party_id, []).append(join)
        return join

    def leave(self, join: JoinInFlight) -> None:
        queue = self._queues[join.party_id]
        queue.remove(join)
        if not queue:
            del self._queues[join.party_id]
        join.end()

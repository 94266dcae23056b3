"""How many connections may be open: in all, by address, by player. A connection is a WebSocket or a stream of events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lobby.domain.values import PlayerId
from lobby.http.address import NOWHERE


@dataclass(frozen=True, slots=True)
class PlaceLimits:
    connections_max: int = 10_000
    per_address_max: int = 256
    per_player_max: int = 32


class NoPlace(Exception):
    """One connection too many; the message is for the client, who may try again later."""


class Places:
    """The places of one server."""

    def __init__(self, limits: PlaceLimits | None = None) -> None:
        self._limits = limits or PlaceLimits()
        self._of_address: Counter[str] = Counter()
        self._of_player: Counter[PlayerId] = Counter()
        self._count = 0

    @contextmanager
    def one_more(self, address: str) -> Iterator[Place]:
        """A place for a connection from there, while it lasts. Raises `NoPlace`."""
        if self._count >= self._limits.connections_max:
            raise NoPlace("The server has as many connections as it takes.")
        if address != NOWHERE and self._of_address[address] >= self._limits.per_address_max:
            raise NoPlace(f"An address has at most {self._limits.per_address_max} connections.")
        self._count += 1
        self._of_address[address] += 1
        place = Place(self)
        try:
            yield place
        finally:
            place.belongs_to(None)
            self._count -= 1
            _give_back(self._of_address, address)

    def moved(self, before: PlayerId | None, after: PlayerId | None) -> None:
        """A connection is no longer one player's but another's. Raises `NoPlace`, and then it stays whose it was."""
        if after is not None and self._of_player[after] >= self._limits.per_player_max:
            raise NoPlace(f"A player has at most {self._limits.per_player_max} connections.")
        if after is not None:
            self._of_player[after] += 1
        if before is not None:
            _give_back(self._of_player, before)


class Place:
    """One connection's."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._player_id: PlayerId | None = None

    def belongs_to(self, player_id: PlayerId | None) -> None:
        """Count it for that player from here on. Raises `NoPlace`."""
        if player_id != self._player_id:
            self._places.moved(self._player_id, player_id)
            self._player_id = player_id


def _give_back(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]

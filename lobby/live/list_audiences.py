"""Which followers of the public list a change of a party concerns: those whose filter it matches now, or did before."""

from __future__ import annotations

from typing import Generic, TypeVar

from lobby.domain.listing import PartyFilter
from lobby.domain.model import Party
from lobby.domain.values import GameType, PartyId

FollowerT = TypeVar("FollowerT")

_Settings = tuple[GameType | None, str | None]
"""A game type and a difficulty that a filter wants; None: any."""


class Audience(Generic[FollowerT]):
    """All followers with the same filter, so that a party is matched once for all of them."""

    __slots__ = ("followers", "known", "wanted")

    def __init__(self, wanted: PartyFilter) -> None:
        self.wanted = wanted
        self.followers: set[FollowerT] = set()
        self.known: set[PartyId] = set()
        """The parties that a follower may have received as listed, and others that have left the list since."""


class Audiences(Generic[FollowerT]):
    """All audiences, found by a party. Audiences that a change does not concern add nothing to its cost."""

    def __init__(self) -> None:
        self._by_filter: dict[PartyFilter, Audience[FollowerT]] = {}
        self._by_settings: dict[_Settings, set[Audience[FollowerT]]] = {}
        """By the two settings that filters name most often. The other fields of a filter are compared one by one."""
        self._knowing: dict[PartyId, set[Audience[FollowerT]]] = {}

    def add(self, follower: FollowerT, wanted: PartyFilter) -> Audience[FollowerT]:
        """The audience that the follower belongs to from now on."""
        audience = self._by_filter.get(wanted)
        if audience is None:
            audience = self._by_filter[wanted] = Audience(wanted)
            self._by_settings.setdefault(_settings(wanted), set()).add(audience)
        audience.followers.add(follower)
        return audience

    def remove(self, follower: FollowerT, audience: Audience[FollowerT]) -> None:
        """The follower has left. An audience without followers is forgotten."""
        audience.followers.discard(follower)
        if audience.followers or self._by_filter.get(audience.wanted) is not audience:
            return
        del self._by_filter[audience.wanted]
        _discard(self._by_settings, _settings(audience.wanted), audience)
        for party_id in audience.known:
            _discard(self._knowing, party_id, audience)
        audience.known.clear()

    def note(self, audience: Audience[FollowerT], party_id: PartyId) -> None:
        """A follower of the audience receives the party as listed."""
        if audience.followers:
            audience.known.add(party_id)
            self._knowing.setdefault(party_id, set()).add(audience)

    def forget(self, audience: Audience[FollowerT], party_id: PartyId) -> None:
        """All followers of the audience receive that the party is no longer listed."""
        audience.known.discard(party_id)
        _discard(self._knowing, party_id, audience)

    def concerned(self, party_id: PartyId, party: Party | None) -> set[Audience[FollowerT]]:
        """The audiences whose filter `party` may match, and those that know the party by its id."""
        found = set(self._knowing.get(party_id, ()))
        if party is not None:
            settings = party.settings
            for game_type in (None, settings.game_type):
                for difficulty in (None, settings.difficulty):
                    found |= self._by_settings.get((game_type, difficulty), set())
        return found

    def __len__(self) -> int:
        return len(self._by_filter)


def _settings(wanted: PartyFilter) -> _Settings:
    return wanted.game_type, wanted.difficulty


Key = TypeVar("Key")
Value = TypeVar("Value")


def _discard(sets: dict[Key, set[Value]], key: Key, value: Value) -> None:
    """Take a value out of the set of a key. An empty set is dropped."""
    values = sets.get(key)
    if values is not None:
        values.discard(value)
        if not values:
            del sets[key]

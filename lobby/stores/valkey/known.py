"""Parties that this node has seen lately: the newest it knows, which may no longer be the newest there is."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from lobby.domain.model import Party
from lobby.domain.values import PartyId

KNOWN_MAX = 10_000
"""A party takes some 4 to 8 KB of the process."""


@dataclass(frozen=True, slots=True)
class Known:
    """A party with the id of the commit that made it what it is.

    The id tells apart two states of one version: a server that lost its last commits goes on with others in their place.
    """

    party: Party
    nonce: str


class KnownParties:
    """The latest `count_max` of them. A stale one costs its user a conflict, which brings the newest."""

    def __init__(self, count_max: int = KNOWN_MAX) -> None:
        self._count_max = count_max
        self._known: OrderedDict[PartyId, Known] = OrderedDict()

    def get(self, party_id: PartyId) -> Known | None:
        known = self._known.get(party_id)
        if known is not None:
            self._known.move_to_end(party_id)
        return known

    def keep(self, known: Known) -> None:
        self._known[known.party.id] = known
        self._known.move_to_end(known.party.id)
        if len(self._known) > self._count_max:
            self._known.popitem(last=False)

    def forget(self, party_id: PartyId) -> None:
        self._known.pop(party_id, None)

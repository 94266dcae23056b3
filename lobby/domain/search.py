"""A party's search for other parties to play with, as frozen values. Stores write them as JSON, as those of `model.py`."""

from __future__ import annotations

from lobby.domain.identities import Player
from lobby.domain.values import (
    GameType,
    Instant,
    PartyId,
    SearchCancelReason,
    SearchId,
    SearchState,
)
from lobby.struct import Struct

_ID_SEPARATOR = "."


class SearchCriteria(Struct):
    """The criteria of a search. All parties of a match agree on them. None means any value, except for the version."""

    game_type: GameType
    size: int
    """The players wanted in all, 2 to 8."""
    difficulty: str | None = None
    region: str | None = None
    skill: int | None = None
    """-1,000,000 to 1,000,000. Parties of about the same skill are matched."""
    client_version: str | None = None
    """The version of the game. None matches None only, so that players of different versions never meet."""


class Match(Struct):
    """A proposed match. All of its parties have the same `id` in their search until they accept it, or it falls apart."""

    id: str
    party_ids: tuple[PartyId, ...]
    accept_by: Instant
    """Until when the players may accept."""


class Search(Struct):
    """One search of a party. It is live until it is MATCHED, CANCELLED or EXPIRED."""

    id: SearchId
    criteria: SearchCriteria
    state: SearchState
    since: Instant
    """When the search began. It stays when a proposed match falls apart, so that the party keeps its place."""
    expires_at: Instant
    match: Match | None = None
    """The proposed match. None if and only if the search is not PROPOSED."""
    accepted: tuple[Player, ...] = ()
    """The members who have accepted the proposed match."""
    cancel_reason: SearchCancelReason | None = None
    estimated_wait_s: int | None = None
    """The usual wait at the beginning of the search; None without earlier searches of this kind."""
    matched_party_id: PartyId | None = None
    """The party that the players are in after the match. None unless MATCHED."""

    @property
    def is_live(self) -> bool:
        return self.state is SearchState.SEARCHING or self.state is SearchState.PROPOSED


def search_id(party_id: PartyId, name: str) -> SearchId:
    """The id of a search of the party. `name` distinguishes the searches of one party."""
    return f"{party_id}{_ID_SEPARATOR}{name}"


def party_of_search(search_id: SearchId) -> PartyId:
    """The party that the search with this id belongs to; the empty string for a text that is no id of a search."""
    return search_id.rpartition(_ID_SEPARATOR)[0]


def kind_of(criteria: SearchCriteria) -> str:
    """The kind of search, for the estimate of the wait: searches that have the same kind wait about as long."""
    return f"{criteria.game_type.value}:{criteria.size}:{criteria.difficulty or ''}:{criteria.region or ''}"

"""Commands of a search for other parties. A match of several parties is one commit, with a command for each party."""

from __future__ import annotations

from lobby.domain.model import Party, Player
from lobby.domain.search import Match, SearchCriteria
from lobby.domain.values import PartyId, SearchCancelReason, SearchId
from lobby.struct import Struct


class StartSearch(Struct):
    """From the leader: search for other parties."""

    actor: Player
    criteria: SearchCriteria
    search_id: SearchId
    """See `search.search_id`."""
    estimated_wait_s: int | None = None


class CancelSearch(Struct):
    """From the leader: end the search, also during a proposed match."""

    actor: Player
    search_id: SearchId


class AcceptMatch(Struct):
    """From a member: agree to the proposed match."""

    actor: Player
    search_id: SearchId


class DeclineMatch(Struct):
    """From a member: refuse the proposed match."""

    actor: Player
    search_id: SearchId


class ProposeMatch(Struct):
    """From the lobby server: propose `match` to the party. In one commit with the same for each other party of the match."""

    match: Match
    actor: None = None


class ReleaseMatch(Struct):
    """From the lobby server: another party has left the proposed match, so that it falls apart. The search goes on."""

    match_id: str
    actor: None = None


class StopSearch(Struct):
    """From the lobby server: end the search if it is live, also during a proposed match."""

    search_id: SearchId
    reason: SearchCancelReason
    actor: None = None


class TakeInMatch(Struct):
    """From the lobby server: everybody has accepted, and the members of `others` join this party. In one commit with
    `MoveToMatch` for each of `others`."""

    match_id: str
    others: tuple[Party, ...]
    actor: None = None


class MoveToMatch(Struct):
    """From the lobby server: everybody has accepted, and all members move to the party `party_id`."""

    match_id: str
    party_id: PartyId
    actor: None = None


SearchCommand = (
    StartSearch
    | CancelSearch
    | AcceptMatch
    | DeclineMatch
    | ProposeMatch
    | ReleaseMatch
    | StopSearch
    | TakeInMatch
    | MoveToMatch
)

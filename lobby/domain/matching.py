"""Which searches fit together: the definition of a match, and the part of a party that it depends on.

`lobby.app.matchmaking` finds such sets without comparing all searches.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import combinations

from lobby.domain.bounds import SECOND_MS
from lobby.domain.model import Party
from lobby.domain.search import SearchCriteria
from lobby.domain.values import Instant, LeaveReason, PartyId, PlayerId, SearchId, SearchState
from lobby.struct import Struct

BAND = 50
"""Searches whose skills differ by this much match at once."""
BAND_STEP_MS = 10 * SECOND_MS
"""The band of a search doubles each time that it has waited for this long."""
BAND_STEPS_MAX = 16
"""After so many steps the band is wider than all skills."""
PARTIES_MIN = 2


class Candidate(Struct):
    """A party with a live search, and all that a match depends on. Stores keep it beside the party, as JSON."""

    party_id: PartyId
    search_id: SearchId
    since: Instant
    criteria: SearchCriteria
    players: tuple[PlayerId, ...]
    classes: tuple[str, ...]
    """The classes of the members who have chosen one."""
    unique_classes: bool
    banned: tuple[PlayerId, ...]
    """Players who are banned from the party."""
    is_proposed: bool = False
    """A match is proposed to it. Until that falls apart there is no other one for it."""


def candidate_of(party: Party) -> Candidate | None:
    """None: the party does not search."""
    search = party.live_search
    if search is None or party.is_closed:
        return None
    return Candidate(
        party.id,
        search.id,
        search.since,
        search.criteria,
        tuple(member.player.id for member in party.members),
        tuple(member.character_class for member in party.members if member.character_class is not None),
        party.settings.unique_classes,
        tuple(departure.player_id for departure in party.departures if departure.reason is LeaveReason.BANNED),
        search.state is SearchState.PROPOSED,
    )


def band_step(since: Instant, at: Instant) -> int:
    """The number of times that the band of a search has doubled."""
    return min(BAND_STEPS_MAX, max(0, at - since) // BAND_STEP_MS)


def band(step: int) -> int:
    """The largest difference of skills after so many steps."""
    return BAND << step


def is_match(
    candidates: Sequence[Candidate], at: Instant, smaller_ms: int, blocks: Set[tuple[PlayerId, PlayerId]] = frozenset()
) -> bool:
    """True if these searches make a match at the time `at`.

    `smaller_ms`: how long a search waits for a full set. `blocks`: pairs of a player and one whom the player blocks.
    """
    if len(candidates) < PARTIES_MIN:
        return False
    size, count = candidates[0].criteria.size, sum(len(candidate.players) for candidate in candidates)
    oldest = min(candidate.since for candidate in candidates)
    if count != size and (count > size or at - oldest < smaller_ms):
        return False
    return all(
        _are_compatible(one, other, at, blocks) for one, other in combinations(candidates, 2)
    ) and _has_room_for_classes(candidates)


def _are_compatible(one: Candidate, other: Candidate, at: Instant, blocks: Set[tuple[PlayerId, PlayerId]]) -> bool:
    mine, yours = one.criteria, other.criteria
    must_agree = ((c.game_type, c.size, c.client_version) for c in (mine, yours))
    if len(set(must_agree)) > 1:
        return False
    if not _agree(mine.difficulty, yours.difficulty) or not _agree(mine.region, yours.region):
        return False
    if mine.skill is not None and yours.skill is not None:
        older = min(one.since, other.since)
        if abs(mine.skill - yours.skill) > band(band_step(older, at)):
            return False
    if not set(one.players).isdisjoint((*other.players, *other.banned)) or not set(other.players).isdisjoint(
        one.banned
    ):
        return False
    return not any((a, b) in blocks or (b, a) in blocks for a in one.players for b in other.players)


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _has_room_for_classes(candidates: Sequence[Candidate]) -> bool:
    if not any(candidate.unique_classes for candidate in candidates):
        return True
    classes = [name for candidate in candidates for name in candidate.classes]
    return len(set(classes)) == len(classes)

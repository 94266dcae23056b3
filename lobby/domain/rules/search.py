"""A party's search for other parties: its beginning, its end, and the answers of its members to a proposed match.

- The leader of a WAITING party with fewer members than the search wants starts it, and may cancel it at any time.
- While it is live nobody joins from outside (`joining.py`), and the party is not on the public list.
- A change of the members, of the settings or of the seats that are held cancels it (ROSTER_CHANGED), and so does the start of a
  session (PARTY_STARTED). A member who says another version of the game than the search wants counts as such a change.
- During a proposed match each member accepts it within `Bounds.match_accept_ms`. A member who declines or does not answer
  cancels the search of their party (NOT_ACCEPTED). The other parties of the match search on, and keep their place in the queue.
- A maintenance cancels it (MAINTENANCE).
- When all members of all parties have accepted, the parties become one: `matches.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lobby.domain import events as e
from lobby.domain import text
from lobby.domain.bounds import Bounds
from lobby.domain.commands import (
    AcceptMatch,
    CancelSearch,
    DeclineMatch,
    ProposeMatch,
    ReleaseMatch,
    StartSearch,
    StopSearch,
)
from lobby.domain.model import Party, Player
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import reject_starting, reject_version, require_leader
from lobby.domain.search import Search, SearchCriteria
from lobby.domain.values import GameType, Instant, PartyState, SearchCancelReason, SearchId, SearchState
from lobby.struct import replace

SIZE_MIN = 2
SKILL_MAX = 1_000_000
REGION_CHARS_MAX = 32

NO_SEARCH = Rejection(RejectionCode.NOT_FOUND, "There is no such search.", "search_id")
"""The same answer for a search that does not exist and for one of a party that the actor has no part in."""
_UNSEARCHED_CHANGES = frozenset({"joinCode", "attributes"})
"""The names in `SettingsChanged.changed` that a search does not depend on."""


def start_search(party: Party, command: StartSearch, at: Instant, bounds: Bounds) -> RuleResult:
    """Begin a search. The same search again, while one is live, changes nothing."""
    rejection = require_leader(party, command.actor) or _check_idle(party, at)
    if rejection is not None:
        return rejection
    criteria = normalize_criteria(party, command.criteria, bounds)
    if isinstance(criteria, Rejection):
        return criteria
    live = party.live_search
    if live is not None:
        return [] if live.criteria == criteria else reject_searching(party)
    if party.reservations:
        message = "Seats are held for players. Search when they have joined, or give the seats up."
        return Rejection(RejectionCode.NOT_READY, message, retryable=True, current=party)
    if len(party.members) >= criteria.size:
        return invalid("criteria.size", f"The party has {len(party.members)} members: it must want more players.")
    required = criteria.client_version
    if required is not None and any(member.client_version != required for member in party.members):
        return reject_version(required, retryable=True, current=party)
    search = Search(
        command.search_id,
        criteria,
        SearchState.SEARCHING,
        since=at,
        expires_at=at + bounds.search_ms,
        estimated_wait_s=command.estimated_wait_s,
    )
    return [e.PartySearchChanged(search, is_new=True)]


def _check_idle(party: Party, at: Instant) -> Rejection | None:
    if party.state is PartyState.STARTING:
        return reject_starting(party, at)
    if party.state is not PartyState.WAITING:
        message = "A session of the party runs. Search when it has ended."
        return Rejection(RejectionCode.PARTY_STARTING, message, retryable=True, current=party)
    return None


def reject_searching(party: Party | None = None) -> Rejection:
    """SEARCHING. `party`: for a member; others do not see it."""
    message = "The party is searching for other parties."
    return Rejection(RejectionCode.SEARCHING, message, retryable=True, current=party)


def normalize_criteria(party: Party, criteria: SearchCriteria, bounds: Bounds) -> SearchCriteria | Rejection:
    """The criteria as they are stored. The version is that of the party unless the search names one."""
    if criteria.game_type is GameType.SOLO:
        return invalid("criteria.game_type", "A SOLO party has one player, who needs no others.")
    if not SIZE_MIN <= criteria.size <= bounds.members_max:
        return invalid("criteria.size", f"Must be {SIZE_MIN} to {bounds.members_max}.")
    if criteria.difficulty is not None and criteria.difficulty not in bounds.difficulties:
        return invalid("criteria.difficulty", f"Must be one of {', '.join(bounds.difficulties)}.")
    if criteria.skill is not None and not -SKILL_MAX <= criteria.skill <= SKILL_MAX:
        return invalid("criteria.skill", f"Must be {-SKILL_MAX} to {SKILL_MAX}.")
    wanted = criteria.region
    region = text.normalize_line("criteria.region", wanted, REGION_CHARS_MAX) if wanted is not None else None
    if isinstance(region, Rejection):
        return region
    version = text.normalize_client_version("criteria.client_version", criteria.client_version)
    if isinstance(version, Rejection):
        return version
    required = party.settings.client_version
    if None not in (version, required) and version != required:
        return invalid("criteria.client_version", f"The party needs version {required} of the game.")
    return replace(criteria, region=region, client_version=version or required)


def cancel_search(party: Party, command: CancelSearch, at: Instant, bounds: Bounds) -> RuleResult:
    """End the search. A search that has ended stays as it is, so the answer shows which came first: this or a match."""
    search = _search_of(party, command.search_id, command.actor)
    if isinstance(search, Rejection):
        return search
    if not search.is_live:
        return []
    rejection = require_leader(party, command.actor)
    return rejection or [cancelled(search, SearchCancelReason.LEADER_CANCELLED)]


def accept_match(party: Party, command: AcceptMatch, at: Instant, bounds: Bounds) -> RuleResult:
    search = _search_of(party, command.search_id, command.actor)
    if isinstance(search, Rejection):
        return search
    if search.state is SearchState.MATCHED:
        return []
    if search.state is not SearchState.PROPOSED:
        return reject_match_gone(party)
    if any(player.id == command.actor.id for player in search.accepted):
        return []
    return [_changed(search, accepted=(*search.accepted, command.actor))]


def decline_match(party: Party, command: DeclineMatch, at: Instant, bounds: Bounds) -> RuleResult:
    search = _search_of(party, command.search_id, command.actor)
    if isinstance(search, Rejection):
        return search
    if search.state is not SearchState.PROPOSED:
        return reject_match_gone(party)
    return [cancelled(search, SearchCancelReason.NOT_ACCEPTED)]


def propose_match(party: Party, command: ProposeMatch, at: Instant, bounds: Bounds) -> RuleResult:
    search = party.search
    if search is None or search.state is not SearchState.SEARCHING:
        return reject_match_gone(party)
    return [_changed(search, state=SearchState.PROPOSED, match=command.match, accepted=())]


def release_match(party: Party, command: ReleaseMatch, at: Instant, bounds: Bounds) -> RuleResult:
    search = party.search
    if search is None or search.match is None or search.match.id != command.match_id:
        return []
    return [_released(search)]


def stop_search(party: Party, command: StopSearch, at: Instant, bounds: Bounds) -> RuleResult:
    search = party.live_search
    return [cancelled(search, command.reason)] if search is not None and search.id == command.search_id else []


def has_accepted(party: Party, match_id: str) -> bool:
    """True if the match is proposed to the party, and all of its members have accepted it."""
    search = party.search
    if search is None or search.match is None or search.match.id != match_id:
        return False
    accepted = {player.id for player in search.accepted}
    return all(member.player.id in accepted for member in party.members)


def _search_of(party: Party, search_id: SearchId, actor: Player) -> Search | Rejection:
    """The latest search, if it has this id, for a player with a part in the party."""
    search = party.search
    if search is None or search.id != search_id:
        return NO_SEARCH
    had_part = party.member(actor.id) is not None or actor.id in party.last_member_ids
    return search if had_part else NO_SEARCH


def reject_match_gone(party: Party) -> Rejection:
    return Rejection(RejectionCode.MATCH_GONE, "No match is proposed to the party now.", "search_id", current=party)


def cancelled(search: Search, reason: SearchCancelReason) -> e.PartySearchChanged:
    """The end of a live search without a match."""
    return _changed(search, state=SearchState.CANCELLED, match=None, accepted=(), cancel_reason=reason)


def _released(search: Search) -> e.PartySearchChanged:
    return _changed(search, state=SearchState.SEARCHING, match=None, accepted=())


def _changed(search: Search, **changes: Any) -> e.PartySearchChanged:
    return e.PartySearchChanged(replace(search, **changes))


def cancel_broken_search(party: Party, happened: Sequence[e.Event]) -> list[e.Event]:
    """The end of a search that cannot go on after `happened`."""
    search = party.live_search
    if search is None:
        return []
    if party.state is not PartyState.WAITING:
        return [cancelled(search, SearchCancelReason.PARTY_STARTED)]
    required = search.criteria.client_version
    has_other_version = required is not None and any(m.client_version != required for m in party.members)
    if has_other_version or any(map(_changes_roster, happened)):
        return [cancelled(search, SearchCancelReason.ROSTER_CHANGED)]
    return []


def _changes_roster(event: e.Event) -> bool:
    if isinstance(event, e.SettingsChanged):
        return not _UNSEARCHED_CHANGES.issuperset(event.changed)
    return isinstance(event, e.MemberJoined | e.MemberLeft | e.ReservationsChanged)


def search_deadline(party: Party) -> Instant | None:
    """When the live search expires, or when the time to accept the proposed match is over."""
    search = party.live_search
    if search is None:
        return None
    return search.match.accept_by if search.match is not None else search.expires_at


def meet_search_deadline(party: Party, at: Instant, up_since: Instant, bounds: Bounds) -> list[e.Event]:
    """The search expires, or the time to accept is over.

    Players could not answer while the server was down, so after its start they have the full time again.
    """
    search = party.live_search
    if search is None:
        return []
    match = search.match
    if match is None:
        is_due = max(search.expires_at, up_since + bounds.grace_waiting_ms) <= at
        return [_changed(search, state=SearchState.EXPIRED)] if is_due else []
    if match.accept_by > at:
        return []
    earliest = up_since + bounds.match_accept_ms
    if match.accept_by - bounds.match_accept_ms < up_since and earliest > at:
        return [_changed(search, match=replace(match, accept_by=earliest))]
    if has_accepted(party, match.id):
        return [_released(search)]
    return [cancelled(search, SearchCancelReason.NOT_ACCEPTED)]


RULES: RuleTable = {
    StartSearch: start_search,
    CancelSearch: cancel_search,
    AcceptMatch: accept_match,
    DeclineMatch: decline_match,
    ProposeMatch: propose_match,
    ReleaseMatch: release_match,
    StopSearch: stop_search,
}

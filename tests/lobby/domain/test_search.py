"""The search of a party for other parties: how it begins, how it ends, and how members answer a proposed match."""

from __future__ import annotations

from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import PartySearchChanged
from lobby.domain.rejections import RejectionCode
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.search import Match, Search, SearchCriteria
from lobby.domain.values import GameType, PartyState, SearchCancelReason, SearchState
from tests.lobby.domain.scenes import START, Scene, player

CRITERIA = SearchCriteria(GameType.COOP, size=4)
MATCH = "the match"
ACCEPT_MS = Bounds().match_accept_ms


def start(scene: Scene, name: str = "ann", **criteria: Any) -> c.StartSearch:
    wanted = SearchCriteria(**{"game_type": GameType.COOP, "size": 4, **criteria})
    return c.StartSearch(player(name), wanted, f"{scene.party.id}.1")


def searching(*names: str, **settings: Any) -> Scene:
    scene = Scene(*(names or ("ann", "bob")), **settings)
    return scene.does(start(scene))


def proposed(*names: str) -> Scene:
    scene = searching(*names)
    return scene.does(c.ProposeMatch(Match(MATCH, (scene.party.id, "other"), scene.at + ACCEPT_MS)))


def search_of(scene: Scene) -> Search:
    search = scene.party.search
    assert search is not None
    return search


def accept(scene: Scene, name: str) -> c.AcceptMatch:
    return c.AcceptMatch(player(name), search_of(scene).id)


def end_of(scene: Scene) -> tuple[SearchState, SearchCancelReason | None]:
    return search_of(scene).state, search_of(scene).cancel_reason


CANCELLED = SearchState.CANCELLED


def test_the_leader_of_a_waiting_party_starts_a_search() -> None:
    search = search_of(searching())
    assert (search.state, search.since, search.expires_at) == (SearchState.SEARCHING, START, START + 600_000)


def test_only_the_leader_starts_and_cancels_a_search() -> None:
    scene = Scene("ann", "bob")
    assert scene.rejection(start(scene, "bob")).code is RejectionCode.NOT_LEADER
    scene.does(start(scene))
    assert scene.rejection(c.CancelSearch(player("bob"), search_of(scene).id)).code is RejectionCode.NOT_LEADER


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ({"game_type": GameType.SOLO}, "criteria.game_type"),
        ({"size": 1}, "criteria.size"),
        ({"size": 9}, "criteria.size"),
        ({"size": 2}, "criteria.size"),
        ({"difficulty": "Impossible"}, "criteria.difficulty"),
        ({"region": " "}, "criteria.region"),
        ({"region": "x" * 33}, "criteria.region"),
        ({"skill": 1_000_001}, "criteria.skill"),
        ({"skill": -1_000_001}, "criteria.skill"),
        ({"client_version": "no spaces"}, "criteria.client_version"),
    ],
)
def test_bad_criteria_are_rejected_with_the_name_of_the_field(criteria: dict[str, Any], field: str) -> None:
    scene = Scene("ann", "bob")
    rejection = scene.rejection(start(scene, **criteria))
    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, field)


def test_a_search_wants_the_version_of_the_party_and_its_members_run_it() -> None:
    scene = Scene("ann", client_version="1.0")
    assert scene.rejection(start(scene)).code is RejectionCode.VERSION_MISMATCH
    assert scene.rejection(start(scene, client_version="2.0")).field == "criteria.client_version"
    scene.does(c.UpdateMember(player("ann"), client_version="1.0")).does(start(scene))
    assert search_of(scene).criteria.client_version == "1.0"
    scene.does(c.UpdateMember(player("ann"), client_version="2.0"))
    assert end_of(scene) == (CANCELLED, SearchCancelReason.ROSTER_CHANGED)


def test_the_same_search_again_changes_nothing_and_another_one_is_rejected() -> None:
    scene = searching()
    assert scene.answer(start(scene)) == ()
    assert scene.rejection(start(scene, size=5)).code is RejectionCode.SEARCHING


def test_a_party_that_plays_or_counts_down_does_not_search() -> None:
    scene = Scene("ann", "bob").ready("bob").starts()
    assert scene.rejection(start(scene)).code is RejectionCode.PARTY_STARTING
    scene.after(5).begins()
    assert scene.rejection(start(scene)).code is RejectionCode.PARTY_STARTING


def test_nobody_joins_while_the_party_searches() -> None:
    scene = searching()
    rejection = scene.rejection(c.JoinParty(player("cat"), by_code=True))
    assert (rejection.code, rejection.retryable) == (RejectionCode.SEARCHING, True)
    scene.does(c.CancelSearch(player("ann"), search_of(scene).id)).joins("cat")
    assert end_of(scene) == (CANCELLED, SearchCancelReason.LEADER_CANCELLED)


@pytest.mark.parametrize("begin", [searching, proposed])
def test_a_change_of_members_or_settings_cancels_the_search(begin: Any) -> None:
    roster = (CANCELLED, SearchCancelReason.ROSTER_CHANGED)
    assert end_of(begin().leaves("bob")) == roster
    assert end_of(begin().leaves("ann")) == roster
    assert end_of(begin().kicks("bob")) == roster
    assert end_of(begin().sets(name="Other")) == roster
    assert end_of(begin().disbands()) == roster
    assert end_of(begin("ann").leaves("ann")) == roster
    assert end_of(begin().ready("bob").starts()) == (CANCELLED, SearchCancelReason.PARTY_STARTED)
    timed_out = begin().does(c.SetPresence("bob", connected=False)).after(40)
    assert end_of(timed_out.does(c.MeetDeadlines())) == roster


def test_a_closed_party_has_no_live_search() -> None:
    scene = proposed("ann").leaves("ann")
    assert scene.party.state is PartyState.CLOSED
    assert scene.party.live_search is None


def test_changes_that_the_search_does_not_depend_on_leave_it_alone() -> None:
    scene = searching().promotes("bob").ready("ann").chooses("ann", "Mage")
    scene.does(c.RotateJoinCode(player("bob"), "BCDFGH"))
    assert search_of(scene).is_live


def test_a_search_expires() -> None:
    scene = searching()
    assert next_deadline(scene.party, scene.bounds) == START + 600_000
    scene.after(599.9).does(c.MeetDeadlines())
    assert search_of(scene).is_live
    scene.after(0.1).does(c.MeetDeadlines())
    assert end_of(scene) == (SearchState.EXPIRED, None)


def test_members_accept_a_proposed_match_once() -> None:
    scene = proposed()
    scene.does(accept(scene, "bob"))
    assert [one.id for one in search_of(scene).accepted] == ["bob"]
    assert scene.answer(accept(scene, "bob")) == ()
    scene.does(accept(scene, "ann"))
    assert search_of(scene).state is SearchState.PROPOSED


def test_without_a_proposed_match_there_is_nothing_to_answer() -> None:
    scene = searching()
    for answer in (c.AcceptMatch, c.DeclineMatch):
        assert scene.rejection(answer(player("bob"), search_of(scene).id)).code is RejectionCode.MATCH_GONE
        assert scene.rejection(answer(player("cat"), search_of(scene).id)).code is RejectionCode.NOT_FOUND
        assert scene.rejection(answer(player("bob"), "unknown")).code is RejectionCode.NOT_FOUND


def test_a_decline_cancels_the_search_of_the_own_party() -> None:
    scene = proposed()
    scene.does(accept(scene, "ann")).does(c.DeclineMatch(player("bob"), search_of(scene).id))
    assert end_of(scene) == (CANCELLED, SearchCancelReason.NOT_ACCEPTED)
    assert search_of(scene).accepted == ()


def test_a_party_of_a_match_that_falls_apart_searches_on_from_its_old_place() -> None:
    scene = proposed().after(3).does(c.ReleaseMatch(MATCH))
    search = search_of(scene)
    assert (search.state, search.since, search.match) == (SearchState.SEARCHING, START, None)
    assert scene.answer(c.ReleaseMatch(MATCH)) == ()


def test_silence_cancels_and_a_party_that_has_accepted_searches_on() -> None:
    silent = proposed().after(15).does(c.MeetDeadlines())
    assert end_of(silent) == (CANCELLED, SearchCancelReason.NOT_ACCEPTED)
    willing = proposed("ann")
    willing.does(accept(willing, "ann")).after(15).does(c.MeetDeadlines())
    assert end_of(willing) == (SearchState.SEARCHING, None)


def test_after_a_restart_players_have_the_full_time_to_accept() -> None:
    scene = proposed().after(20)
    scene.does(c.MeetDeadlines(up_since=scene.at))
    search = search_of(scene)
    assert search.match is not None
    assert (search.state, search.match.accept_by) == (SearchState.PROPOSED, scene.at + ACCEPT_MS)
    scene.after(15).does(c.MeetDeadlines(up_since=scene.at - 15_000))
    assert end_of(scene)[0] is CANCELLED


def test_an_ended_search_answers_a_late_cancel_with_its_end() -> None:
    scene = proposed()
    command = c.CancelSearch(player("ann"), search_of(scene).id)
    scene.does(command)
    assert scene.answer(command) == ()
    assert isinstance(scene.events[-1], PartySearchChanged)

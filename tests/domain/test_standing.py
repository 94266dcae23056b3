"""Where somebody stands towards a party, and whether it is there at all for them."""

from __future__ import annotations

import pytest

from lobby.domain.commands import LeaveSession
from lobby.domain.standing import Standing, can_see, standing
from lobby.domain.values import LeaveReason, Visibility
from tests.domain.scenes import Scene, player

BOTH = pytest.mark.parametrize("visibility", list(Visibility))


def test_each_standing_sees_what_the_ones_before_it_see() -> None:
    assert Standing.STRANGER < Standing.FORMER < Standing.MEMBER < Standing.INSIDE


@pytest.mark.parametrize("player_id", [None, "dee"])
def test_whoever_is_not_in_it_is_a_stranger(player_id: str | None) -> None:
    assert standing(Scene("ann").party, player_id) is Standing.STRANGER


def test_members_are_members_connected_or_not() -> None:
    assert standing(Scene("ann", "bob").disconnects("bob").party, "bob") is Standing.MEMBER


def test_members_of_the_session_are_inside_while_it_runs_and_when_it_has_ended() -> None:
    scene = Scene("ann").running()

    assert standing(scene.party, "ann") is Standing.INSIDE
    assert standing(scene.completes().party, "ann") is Standing.INSIDE


def test_a_member_who_left_the_session_is_not_inside() -> None:
    scene = Scene("ann", "bob").running().does(LeaveSession(player("bob"), "session-1"))

    assert standing(scene.party, "bob") is Standing.MEMBER


def test_a_newcomer_after_the_session_is_not_inside_it() -> None:
    assert standing(Scene("ann").running().completes().joins("bob").party, "bob") is Standing.MEMBER


def test_whoever_left_is_a_stranger_again() -> None:
    assert standing(Scene("ann", "bob").leaves("bob").party, "bob") is Standing.STRANGER


def test_a_former_player_of_the_session_is_not_inside_it() -> None:
    assert standing(Scene("ann", "bob").running().completes().leaves("bob").party, "bob") is Standing.STRANGER


def test_those_who_were_in_it_at_the_end_may_still_read_it() -> None:
    party = Scene("ann", "bob", "cid").leaves("cid").disbands().party

    assert [standing(party, name) for name in ("ann", "bob", "cid", "dee")] == [
        Standing.FORMER,
        Standing.FORMER,
        Standing.STRANGER,
        Standing.STRANGER,
    ]


def test_the_last_one_out_was_in_it_at_the_end() -> None:
    left = Scene("ann", "bob").leaves("bob").leaves("ann").party
    timed_out = Scene("ann").disconnects("ann").after(30).deadlines().party
    moved = Scene("ann").leaves("ann", LeaveReason.JOINED_ANOTHER).party

    assert [standing(party, "ann") for party in (left, timed_out, moved)] == [Standing.FORMER] * 3
    assert standing(left, "bob") is Standing.STRANGER


@pytest.mark.parametrize("player_id", [None, "dee"])
def test_a_public_party_is_there_for_everyone_and_a_private_one_is_not(player_id: str | None) -> None:
    assert can_see(Scene("ann").party, player_id)
    assert not can_see(Scene("ann", visibility=Visibility.PRIVATE).party, player_id)


@BOTH
def test_a_party_is_there_for_its_members(visibility: Visibility) -> None:
    assert can_see(Scene("ann", "bob", visibility=visibility).party, "bob")


@BOTH
def test_a_closed_party_is_there_for_those_who_were_in_it_at_the_end_alone(visibility: Visibility) -> None:
    party = Scene("ann", "bob", visibility=visibility).kicks("bob").disbands().party

    assert [can_see(party, name) for name in ("ann", "bob", "dee", None)] == [True, False, False, False]

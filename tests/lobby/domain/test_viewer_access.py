"""Access levels, and which players may know of a party."""

from __future__ import annotations

import pytest

from lobby.domain.commands import LeaveSession
from lobby.domain.values import LeaveReason, Visibility
from lobby.domain.viewer_access import (
    OPERATORS,
    AccessLevel,
    access_level,
    can_see,
    insiders,
    levels_of_members,
)
from tests.lobby.domain.scenes import Scene, player
from tests.web.fast.plans.staged.parties import PARTIES

BOTH = pytest.mark.parametrize("visibility", list(Visibility))


def test_each_level_sees_what_lower_levels_see() -> None:
    assert AccessLevel.STRANGER < AccessLevel.FORMER < AccessLevel.MEMBER < AccessLevel.INSIDE


@pytest.mark.parametrize("player_id", [None, "dee"])
def test_a_player_without_a_seat_is_a_stranger(player_id: str | None) -> None:
    assert access_level(Scene("ann").party, player_id) is AccessLevel.STRANGER


def test_a_disconnected_member_has_the_level_of_a_member() -> None:
    assert access_level(Scene("ann", "bob").disconnects("bob").party, "bob") is AccessLevel.MEMBER


def test_players_of_a_running_or_ended_session_are_inside() -> None:
    scene = Scene("ann").running()

    assert access_level(scene.party, "ann") is AccessLevel.INSIDE
    assert access_level(scene.completes().party, "ann") is AccessLevel.INSIDE


def test_a_member_who_left_the_session_is_not_inside() -> None:
    scene = Scene("ann", "bob").running().does(LeaveSession(player("bob"), "session-1"))

    assert access_level(scene.party, "bob") is AccessLevel.MEMBER


def test_a_member_who_joined_after_the_session_is_not_inside() -> None:
    assert access_level(Scene("ann").running().completes().joins("bob").party, "bob") is AccessLevel.MEMBER


@pytest.mark.parametrize("name", sorted(PARTIES))
def test_the_levels_of_all_members_are_those_of_each(name: str) -> None:
    party = PARTIES[name]
    members = [member.player.id for member in party.members]

    assert levels_of_members(party) == {player_id: access_level(party, player_id) for player_id in members}


def test_a_player_who_left_is_a_stranger() -> None:
    assert access_level(Scene("ann", "bob").leaves("bob").party, "bob") is AccessLevel.STRANGER


def test_a_player_who_left_the_party_is_not_inside() -> None:
    assert access_level(Scene("ann", "bob").running().completes().leaves("bob").party, "bob") is AccessLevel.STRANGER


def test_last_members_may_read_a_closed_party() -> None:
    party = Scene("ann", "bob", "cid").leaves("cid").disbands().party

    assert [access_level(party, name) for name in ("ann", "bob", "cid", "dee")] == [
        AccessLevel.FORMER,
        AccessLevel.FORMER,
        AccessLevel.STRANGER,
        AccessLevel.STRANGER,
    ]


def test_the_last_player_who_leaves_is_a_last_member() -> None:
    left = Scene("ann", "bob").leaves("bob").leaves("ann").party
    timed_out = Scene("ann").disconnects("ann").after(30).deadlines().party
    moved = Scene("ann").leaves("ann", LeaveReason.JOINED_ANOTHER).party

    assert [access_level(party, "ann") for party in (left, timed_out, moved)] == [AccessLevel.FORMER] * 3
    assert access_level(left, "bob") is AccessLevel.STRANGER


@pytest.mark.parametrize("player_id", [None, "dee"])
def test_strangers_see_a_public_party_and_no_private_one(player_id: str | None) -> None:
    assert can_see(Scene("ann").party, player_id)
    assert not can_see(Scene("ann", visibility=Visibility.PRIVATE).party, player_id)


@BOTH
def test_members_see_their_party(visibility: Visibility) -> None:
    assert can_see(Scene("ann", "bob", visibility=visibility).party, "bob")


@BOTH
def test_only_last_members_see_a_closed_party(visibility: Visibility) -> None:
    party = Scene("ann", "bob", visibility=visibility).kicks("bob").disbands().party

    assert [can_see(party, name) for name in ("ann", "bob", "dee", None)] == [True, False, False, False]


@pytest.mark.parametrize("name", PARTIES)
def test_nobody_but_the_insiders_sees_more_than_a_stranger(name: str) -> None:
    party = PARTIES[name]
    names = ["ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal", "ian", "zoe", OPERATORS]
    above = {each for each in names if access_level(party, each) is not AccessLevel.STRANGER}
    assert above <= insiders(party)
    assert "zoe" not in insiders(party)

"""Teams: where newcomers go, who may move whom, how many a team holds, and what a session remembers of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.events import CountdownCancelled, MemberUpdated, SettingsChanged
from lobby.domain.model import Seat
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import CancelReason, GameType, PartyState
from tests.lobby.domain.scenes import Scene, player

ANN, BOB, CID = player("ann"), player("bob"), player("cid")
NAMES = ("ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal")


def teams(scene: Scene) -> list[int | None]:
    return [member.team for member in scene.party.members]


def moved(scene: Scene, name: str, team: int) -> Scene:
    return scene.does(c.SetTeam(player(name), team))


def test_a_pvp_party_has_2_teams_and_others_have_none() -> None:
    assert Scene("ann", game_type=GameType.PVP).party.settings.teams == 2
    assert Scene("ann", game_type=GameType.PVP, teams=0).party.settings.teams == 0
    assert Scene("ann").party.settings.teams == 0
    assert teams(Scene("ann", "bob")) == [None, None]


def test_newcomers_go_to_the_smallest_team_of_the_lowest_number() -> None:
    assert teams(Scene("ann", "bob", "cid", "dee", "eve", teams=3)) == [1, 2, 3, 1, 2]
    scene = Scene("ann", "bob", "cid", "dee", teams=2).leaves("bob")
    assert teams(scene.joins("eve")) == [1, 1, 2, 2]


def test_the_first_who_joins_an_empty_party_gets_a_team() -> None:
    assert teams(Scene(teams=2).joins("ann", "bob")) == [1, 2]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"teams": -1}, "settings.teams"),
        ({"teams": 5}, "settings.teams"),
        ({"teams": 3, "max_members": 2}, "settings.max_members"),
    ],
)
def test_a_party_has_up_to_4_teams_with_a_seat_for_each(settings: dict[str, Any], field: str) -> None:
    rejection = Scene("ann").rejection(c.UpdateParty(ANN, SettingsPatch(**settings)))
    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, field)


def test_the_default_of_the_game_type_follows_a_change_of_it() -> None:
    scene = Scene("ann", "bob").sets(game_type=GameType.PVP)
    assert (scene.party.settings.teams, teams(scene)) == (2, [1, 2])
    assert isinstance(scene.events[0], SettingsChanged)
    assert scene.events[0].changed == ("gameType", "teams")
    assert scene.sets(game_type=GameType.COOP).party.settings.teams == 0
    assert teams(scene) == [None, None]
    assert Scene("ann", teams=3).sets(game_type=GameType.PVP).party.settings.teams == 3
    assert Scene("ann").sets(game_type=GameType.PVP, teams=0).party.settings.teams == 0
    assert Scene("ann", game_type=GameType.PVP).sets(game_type=GameType.SOLO, max_members=1).party.settings.teams == 0


def test_a_change_of_the_teams_raises_the_version_and_spreads_who_has_none_any_more() -> None:
    scene = Scene("ann", "bob", "cid", "dee", teams=4).ready("bob", "cid", "dee").sets(teams=2)
    assert (teams(scene), scene.party.settings.version) == ([1, 2, 1, 2], 2)
    assert not any(scene.is_ready(name) for name in ("bob", "cid", "dee"))
    assert scene.events[1:] == [MemberUpdated("cid", None, 1, (), None, 1), MemberUpdated("dee", None, 1, (), None, 2)]


def test_members_without_room_in_a_smaller_team_are_spread_too() -> None:
    scene = Scene("ann", "bob", "cid", "dee", teams=2)
    scene = moved(moved(scene, "bob", 1), "dee", 1)
    assert teams(scene) == [1, 1, 1, 1]
    assert teams(scene.sets(max_members=4)) == [1, 1, 2, 2]


def test_classes_that_become_unique_and_new_teams_are_one_change_of_a_member() -> None:
    scene = Scene("ann", "bob").chooses("ann", "Mage").chooses("bob", "Mage").sets(unique_classes=True, teams=2)
    assert scene.events[1:] == [
        MemberUpdated("ann", "Mage", None, (), None, 1),
        MemberUpdated("bob", None, None, (), None, 2),
    ]


def test_a_member_changes_the_own_team_and_becomes_unready() -> None:
    scene = moved(Scene("ann", "bob", "cid", teams=2).ready("bob", "cid"), "bob", 1)
    assert (teams(scene), scene.is_ready("bob"), scene.is_ready("cid")) == ([1, 1, 1], False, True)


def test_the_leader_moves_anybody_who_stays_ready() -> None:
    scene = Scene("ann", "bob", teams=2).ready("bob").does(c.SetTeam(ANN, 1, "bob"))
    assert (teams(scene), scene.is_ready("bob")) == ([1, 1], True)
    assert teams(scene.does(c.SetTeam(ANN, 2))) == [2, 1]
    assert scene.rejection(c.SetTeam(BOB, 1, "ann")).code is RejectionCode.NOT_LEADER
    rejection = scene.rejection(c.SetTeam(ANN, 1, "cid"))
    assert (rejection.code, rejection.field) == (RejectionCode.NOT_MEMBER, "player_id")


def test_a_move_to_the_own_team_changes_nothing() -> None:
    scene = Scene("ann", "bob", teams=2).ready("bob")
    assert moved(scene, "bob", 2).events == []
    assert scene.is_ready("bob")


def test_a_full_team_takes_nobody_else() -> None:
    scene = Scene("ann", "bob", "cid", teams=2, max_members=3)
    assert teams(scene) == [1, 2, 1]
    rejection = scene.rejection(c.SetTeam(BOB, 1))
    assert (rejection.code, rejection.field, rejection.retryable) == (RejectionCode.TEAM_FULL, "team", True)
    assert rejection.current == scene.party
    assert teams(moved(scene, "cid", 2)) == [1, 2, 2]


@pytest.mark.parametrize(("count", "team"), [(2, 0), (2, 3), (2, -1), (0, 1)])
def test_a_team_that_is_not_there_is_invalid(count: int, team: int) -> None:
    assert Scene("ann", teams=count).rejection(c.SetTeam(ANN, team)).code is RejectionCode.INVALID_INPUT
    if count == 0:
        assert Scene("ann").rejection(c.ShuffleTeams(ANN, 1)).code is RejectionCode.INVALID_INPUT


def test_nobody_changes_teams_during_a_countdown() -> None:
    scene = Scene("ann", "bob", teams=2).starts(force=True)
    commands = (c.SetTeam(BOB, 1), c.SetTeam(ANN, 1, "bob"), c.ShuffleTeams(ANN, 1))
    assert {scene.rejection(command).code for command in commands} == {RejectionCode.PARTY_STARTING}


def test_while_a_session_runs_only_the_leader_moves_members() -> None:
    scene = Scene("ann", "bob", teams=2).running()
    assert scene.rejection(c.SetTeam(BOB, 1)).code is RejectionCode.NOT_LEADER
    assert teams(scene.does(c.SetTeam(ANN, 1, "bob"))) == [1, 1]
    assert [seat.team for seat in scene.session.seats] == [1, 2]


def test_a_shuffle_makes_teams_that_differ_by_one_at_most() -> None:
    scene = Scene(*NAMES[:7], teams=3).ready(*NAMES[1:7])
    drawn = set()
    for number in range(40):
        scene.does(c.ShuffleTeams(ANN, number * 0x9E3779B97F4A7C15))
        assert sorted(Counter(teams(scene)).values()) == [2, 2, 3]
        drawn.add(tuple(teams(scene)))
    assert len(drawn) > 20, "the teams are random"
    assert len({Counter(teams).most_common(1)[0][0] for teams in drawn}) == 3, "and so is the team with one member more"
    assert all(scene.is_ready(name) for name in NAMES[1:7])
    assert scene.rejection(c.ShuffleTeams(BOB, 1)).code is RejectionCode.NOT_LEADER


@pytest.mark.parametrize("force", [False, True])
def test_a_session_needs_a_member_in_each_team(force: bool) -> None:
    scene = moved(Scene("ann", "bob", teams=2), "bob", 1).ready("bob")
    rejection = scene.rejection(c.StartSession(ANN, "session", force))
    assert (rejection.code, rejection.retryable, rejection.current) == (RejectionCode.TEAM_EMPTY, True, scene.party)
    assert scene.joins("cid").ready("cid").starts().party.state is PartyState.STARTING


def test_a_forced_countdown_ends_when_a_team_is_left_empty() -> None:
    scene = Scene("ann", "bob", "cid", teams=2).starts(force=True).leaves("bob")
    assert scene.events[-1] == CountdownCancelled(CancelReason.BELOW_MINIMUM)


def test_a_session_remembers_class_and_team_as_they_were_on_entering() -> None:
    scene = Scene("ann", "bob", teams=2).chooses("ann", "Mage").starts(force=True)
    assert not scene.session.seats
    scene.after(5).begins().chooses("ann", "Knight")
    assert list(scene.session.seats) == [Seat(ANN, "Mage", 1), Seat(BOB, None, 2)]
    scene.joins("cid", character_class="Bard").leaves("bob")
    assert list(scene.session.seats) == [Seat(ANN, "Mage", 1), Seat(BOB, None, 2), Seat(CID, "Bard", 1)]


def test_who_enters_again_is_seated_anew() -> None:
    scene = Scene("ann", "bob").running().does(c.LeaveSession(BOB, "session-1")).chooses("bob", "Mage")
    assert scene.session.seat("bob") == Seat(BOB, None, None)
    assert scene.does(c.JoinSession(BOB, "session-1")).session.seats == (Seat(ANN), Seat(BOB, "Mage"))


def test_a_session_forgets_the_oldest_of_many_who_have_left() -> None:
    scene = Scene("ann").running()
    for number in range(70):
        scene.joins(f"guest{number}").leaves(f"guest{number}")
    kept = [seat.player.id for seat in scene.session.seats]
    assert (kept[0], kept[1], kept[-1], len(kept)) == ("ann", "guest7", "guest69", 64)

"""A match: several parties become one."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain import events as e
from lobby.domain.model import Attribute, Party
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.decide import decide
from lobby.domain.rules.matches import party_that_stays
from lobby.domain.rules.teams import place_groups
from lobby.domain.search import Match, SearchCriteria
from lobby.domain.values import GameType, LeaveReason, PartyState, SearchState
from lobby.struct import replace
from tests.lobby.domain.scenes import Scene, player

MATCH = "the match"
_numbers = count()


def accepted(*names: str, size: int = 4, game_type: GameType = GameType.COOP, **settings: Any) -> Scene:
    """A party whose members have all accepted."""
    scene = Scene(*names, **settings)
    number = next(_numbers)
    scene.log[-1] = replace(scene.log[-1], party=replace(scene.party, id=f"party {number}", created_at=number))
    scene.does(c.StartSearch(player(names[0]), SearchCriteria(game_type, size), f"search {number}"))
    scene.does(c.ProposeMatch(Match(MATCH, (scene.party.id,), scene.at + 15_000)))
    return scene


def accepts(scene: Scene) -> Scene:
    search = scene.party.search
    assert search is not None
    for name in scene.names:
        scene.does(c.AcceptMatch(player(name), search.id))
    return scene


def merge(stays: Scene, *others: Scene) -> Party:
    parties = tuple(accepts(other).party for other in others)
    for other in others:
        other.does(c.MoveToMatch(MATCH, stays.party.id))
    return accepts(stays).does(c.TakeInMatch(MATCH, parties)).party


def test_the_others_leave_their_party_for_the_one_that_stays() -> None:
    ann, bob = accepted("ann", "cat"), accepted("bob", "dan")
    party = merge(ann, bob)
    assert [member.player.id for member in party.members] == ["ann", "cat", "bob", "dan"]
    assert (party.state, party.leader_id) == (PartyState.WAITING, "ann")
    assert party.search is not None
    assert (party.search.state, party.search.matched_party_id) == (SearchState.MATCHED, party.id)
    left = [event for event in bob.events if isinstance(event, e.MemberLeft)]
    assert [(event.player.id, event.reason) for event in left] == [
        ("bob", LeaveReason.JOINED_ANOTHER),
        ("dan", LeaveReason.JOINED_ANOTHER),
    ]
    assert bob.party.state is PartyState.CLOSED
    assert bob.party.last_member_ids == ("bob", "dan")
    assert bob.party.search is not None
    assert (bob.party.search.state, bob.party.search.matched_party_id) == (SearchState.MATCHED, party.id)


def test_the_party_of_the_longest_standing_leader_stays() -> None:
    young, old = Scene("ann").after(60), Scene("bob").after(60)
    young.joins("cat").promotes("cat")
    assert party_that_stays((young.party, old.party)) is old.party


def test_members_keep_class_attributes_version_and_presence() -> None:
    ann, bob = accepted("ann"), accepted("bob")
    bob.chooses("bob", "Mage").does(c.UpdateMember(player("bob"), attributes=(("hat", "red"),), client_version="1.0"))
    bob.does(c.SetPresence("bob", connected=False))
    seat = merge(ann, bob).member("bob")
    assert seat is not None
    assert (seat.character_class, seat.attributes, seat.client_version) == ("Mage", (Attribute("hat", "red"),), "1.0")
    assert seat.remove_at == bob.at + 30_000


def test_the_party_takes_over_what_was_searched_for() -> None:
    ann = accepted("ann", game_type=GameType.PVP, size=2, max_members=1, name="Ann")
    party = merge(ann, accepted("bob", game_type=GameType.PVP, size=2, unique_classes=True))
    settings = party.settings
    assert (settings.game_type, settings.max_members, settings.teams) == (GameType.PVP, 2, 2)
    assert (settings.unique_classes, settings.version) == (True, 2)
    assert [member.team for member in party.members] == [1, 2]


def test_with_unique_classes_the_first_one_keeps_a_class() -> None:
    ann, bob = accepted("ann", unique_classes=True), accepted("bob")
    ann.chooses("ann", "Mage")
    bob.chooses("bob", "Mage")
    party = merge(ann, bob)
    assert [member.character_class for member in party.members] == ["Mage", None]


def test_nothing_happens_unless_all_have_accepted() -> None:
    ann, bob = accepts(accepted("ann")), accepted("bob", "cat")
    search = bob.party.search
    assert search is not None
    bob.does(c.AcceptMatch(player("bob"), search.id))
    for scene, command in ((ann, c.TakeInMatch(MATCH, (bob.party,))), (bob, c.MoveToMatch(MATCH, "elsewhere"))):
        rejection = decide(scene.party, command, scene.at, scene.bounds)
        assert isinstance(rejection, Rejection)
        assert rejection.code is RejectionCode.MATCH_GONE


@pytest.mark.parametrize(
    ("sizes", "teams", "expected"),
    [
        ((2, 2), 2, ({"0"}, {"1"})),
        ((3, 2, 1), 2, ({"0"}, {"1", "2"})),
        ((2, 2, 2, 2), 2, None),
        ((3, 3, 2), 4, None),
    ],
)
def test_parties_stay_together_where_the_teams_allow_it(
    sizes: tuple[int, ...], teams: int, expected: tuple[set[str], ...] | None
) -> None:
    settings = replace(Scene("ann").party.settings, teams=teams)
    groups = [[f"{group}.{place}" for place in range(size)] for group, size in enumerate(sizes)]
    placed = place_groups(groups, settings)
    counts = [list(placed.values()).count(team) for team in range(1, teams + 1)]
    assert max(counts) - min(counts) <= 1
    if expected is not None:
        found = [{player_id[0] for player_id, team in placed.items() if team == number} for number in (1, 2)]
        assert sorted(map(sorted, found)) == sorted(map(sorted, expected))


def test_without_teams_nobody_has_one() -> None:
    assert place_groups([["a"], ["b", "c"]], Scene("ann").party.settings) == {"a": None, "b": None, "c": None}

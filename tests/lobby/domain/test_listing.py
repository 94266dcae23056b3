"""The public list of parties, and its filter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lobby.domain.commands import UpdateParty
from lobby.domain.listing import PartyFilter, is_listed, matches
from lobby.domain.values import GameType, PartyState, Visibility
from tests.lobby.domain.scenes import Scene, player

LISTED = [
    pytest.param(lambda: Scene("ann"), id="waiting"),
    pytest.param(lambda: Scene("ann").running(), id="running with late join"),
    pytest.param(lambda: Scene("ann", password="opensesame"), id="with a password"),
    pytest.param(lambda: Scene("ann", "bob").disconnects("ann"), id="one of two connected"),
    pytest.param(lambda: Scene("ann", "bob", max_members=2).leaves("bob"), id="a seat free again"),
    pytest.param(lambda: Scene("ann").starts().cancels(), id="start cancelled"),
    pytest.param(lambda: Scene("ann", allow_late_join=False).running().completes(), id="session over"),
]
NOT_LISTED = [
    pytest.param(lambda: Scene("ann", visibility=Visibility.PRIVATE), id="private"),
    pytest.param(lambda: Scene("ann", visibility=Visibility.INVITE_ONLY), id="invite only"),
    pytest.param(lambda: Scene("ann", locked=True), id="locked"),
    pytest.param(lambda: Scene("ann", "bob", max_members=2), id="full"),
    pytest.param(lambda: Scene("ann", game_type=GameType.SOLO), id="solo"),
    pytest.param(lambda: Scene("ann").starts(), id="starting"),
    pytest.param(lambda: Scene("ann", allow_late_join=False).running(), id="running without late join"),
    pytest.param(lambda: Scene("ann", "bob").disconnects("ann", "bob"), id="nobody connected"),
    pytest.param(lambda: Scene(), id="no members yet"),
    pytest.param(lambda: Scene("ann").disbands(), id="closed"),
]


@pytest.mark.parametrize("make", LISTED)
def test_a_party_that_can_be_joined_is_on_the_list(make: Callable[[], Scene]) -> None:
    assert is_listed(make().party)


@pytest.mark.parametrize("make", NOT_LISTED)
def test_a_party_that_cannot_be_joined_is_not_on_the_list(make: Callable[[], Scene]) -> None:
    assert not is_listed(make().party)


def crypt() -> Scene:
    """A party with a value for each field of the filter."""
    scene = Scene("ann", "bob", name="The Crypt of Ärger", difficulty="Hard", max_members=4, password="opensesame")
    return scene.does(UpdateParty(player("ann"), attributes=(("map", "crypt"), ("mode", "fast"))))


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"game_type": GameType.COOP},
        {"difficulty": "Hard"},
        {"state": PartyState.WAITING},
        {"has_password": True},
        {"min_free_seats": 0},
        {"min_free_seats": 2},
        {"allow_late_join": True},
        {"name_contains": ""},
        {"name_contains": "crypt"},
        {"name_contains": "CRYPT OF ÄR"},
        {"name_contains": "A\u0308rger"},
        {"attributes": (("map", "crypt"),)},
        {"attributes": (("mode", "fast"), ("map", "crypt"))},
        {"attributes": (("seed", None),)},
        {"game_type": GameType.COOP, "difficulty": "Hard", "min_free_seats": 1, "name_contains": "the"},
    ],
    ids=repr,
)
def test_a_party_with_all_that_the_filter_wants_matches(wanted: dict[str, Any]) -> None:
    assert matches(crypt().party, PartyFilter(**wanted))


@pytest.mark.parametrize(
    "wanted",
    [
        {"game_type": GameType.PVP},
        {"difficulty": "hard"},
        {"state": PartyState.IN_PROGRESS},
        {"has_password": False},
        {"min_free_seats": 3},
        {"allow_late_join": False},
        {"name_contains": "tower"},
        {"name_contains": "Arger"},
        {"attributes": (("map", "Crypt"),)},
        {"attributes": (("map", "crypt"), ("mode", "slow"))},
        {"attributes": (("map", None),)},
        {"attributes": (("seed", ""),)},
        {"difficulty": "Hard", "has_password": False},
    ],
    ids=repr,
)
def test_a_party_that_differs_in_one_field_does_not_match(wanted: dict[str, Any]) -> None:
    assert not matches(crypt().party, PartyFilter(**wanted))


@pytest.mark.parametrize(("name", "wanted"), [("Straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("İstanbul", "i̇stanbul")])
def test_names_are_compared_without_case_in_every_script(name: str, wanted: str) -> None:
    assert matches(Scene("ann", name=name).party, PartyFilter(name_contains=wanted))

"""Getting ready: for what was seen, and until something takes it back."""

from __future__ import annotations

from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.events import MemberUpdated
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import GameType, Visibility
from tests.domain.scenes import Scene, player

BOB = player("bob")


def test_ready_counts_for_the_settings_version_it_names() -> None:
    scene = Scene("ann", "bob").does(c.SetReady(BOB, True, 1))

    assert scene.events == [MemberUpdated("bob", None, 1, ())]
    assert scene.is_ready("bob")


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("version", [1, 3])
def test_for_another_version_nothing_counts(ready: bool, version: int) -> None:
    scene = Scene("ann", "bob").sets(difficulty="Hard").ready("bob")
    refusal = scene.refusal(c.SetReady(BOB, ready, version))

    assert (refusal.code, refusal.field) == (RejectionCode.SETTINGS_CHANGED, "settings_version")
    assert refusal.current == scene.party
    assert scene.is_ready("bob")


def test_getting_ready_twice_is_one_event() -> None:
    assert Scene("ann", "bob").ready("bob").ready("bob").events == []


def test_ready_can_be_taken_back() -> None:
    assert not Scene("ann", "bob").ready("bob").ready("bob", ready=False).is_ready("bob")


def test_taking_back_what_was_not_given_is_no_event() -> None:
    assert Scene("ann", "bob").ready("bob", ready=False).events == []


def test_the_leader_may_be_ready_too() -> None:
    assert Scene("ann").ready("ann").is_ready("ann")


@pytest.mark.parametrize(
    "settings",
    [{"game_type": GameType.PVP}, {"difficulty": "Hard"}, {"max_members": 4}, {"unique_classes": True}],
    ids=lambda settings: next(iter(settings)),
)
def test_a_change_that_affects_play_clears_every_ready(settings: dict[str, Any]) -> None:
    scene = Scene("ann", "bob").ready("ann", "bob").sets(**settings)

    assert [scene.is_ready(name) for name in scene.names] == [False, False]


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "New"},
        {"visibility": Visibility.PRIVATE},
        {"password": "opensesame"},
        {"locked": True},
        {"allow_late_join": False},
        {"allow_force_start": False},
        {"countdown_s": 9},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_a_change_that_does_not_affect_play_clears_nothing(settings: dict[str, Any]) -> None:
    scene = Scene("ann", "bob").ready("bob").sets(**settings)

    assert scene.is_ready("bob")


def test_changing_the_settings_back_does_not_bring_ready_back() -> None:
    scene = Scene("ann", "bob").ready("bob").sets(difficulty="Hard").sets(difficulty="Easy")

    assert not scene.is_ready("bob")


def test_ones_own_class_change_clears_ones_own_ready_alone() -> None:
    scene = Scene("ann", "bob", "cid").ready("bob", "cid").chooses("bob", "Mage")

    assert [scene.is_ready("bob"), scene.is_ready("cid")] == [False, True]


@pytest.mark.parametrize("wish", ["Mage", " Mage "])
def test_choosing_the_class_that_one_has_clears_nothing(wish: str) -> None:
    scene = Scene("ann", "bob").chooses("bob", "Mage").ready("bob").chooses("bob", wish)

    assert scene.events == []
    assert scene.is_ready("bob")


def test_giving_the_class_up_clears_ready() -> None:
    scene = Scene("ann", "bob").chooses("bob", "Mage").ready("bob").chooses("bob", "")

    assert scene.member("bob").character_class is None
    assert not scene.is_ready("bob")


def test_ones_own_attributes_clear_nothing() -> None:
    scene = Scene("ann", "bob").ready("bob").does(c.UpdateMember(BOB, attributes=(("hat", "red"),)))

    assert scene.is_ready("bob")


def test_a_disconnected_member_is_still_ready_when_back_in_time() -> None:
    scene = Scene("ann", "bob").ready("bob").disconnects("bob").after(29).returns("bob")

    assert scene.is_ready("bob")


def test_a_disconnected_member_is_not_ready_for_settings_changed_meanwhile() -> None:
    scene = Scene("ann", "bob").ready("bob").disconnects("bob").sets(difficulty="Hard").returns("bob")

    assert not scene.is_ready("bob")

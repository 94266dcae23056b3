"""Commands of members about themselves: class, attributes, messages, ready."""

from __future__ import annotations

from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import MemberUpdated, MessagePosted
from lobby.domain.model import Attribute
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import GameType, PartyState, Visibility
from tests.lobby.domain.scenes import Scene, player

BOB = player("bob")


def test_a_class_can_be_chosen_and_changed() -> None:
    scene = Scene("ann", "bob").chooses("bob", "Mage").chooses("bob", "Knight")

    assert scene.events == [MemberUpdated("bob", "Knight", None, ())]


def test_an_update_without_a_class_keeps_the_class() -> None:
    scene = Scene("ann", "bob").chooses("bob", "Mage").does(c.UpdateMember(BOB, attributes=(("hat", "red"),)))

    assert scene.member("bob").character_class == "Mage"


@pytest.mark.parametrize("character_class", ["x" * 33, " ", "two\nlines"])
def test_a_class_is_one_line_of_1_to_32_characters(character_class: str) -> None:
    rejection = Scene("ann", "bob").rejection(c.UpdateMember(BOB, character_class))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "character_class")


def test_only_classes_on_the_servers_list_are_allowed() -> None:
    scene = Scene("ann", bounds=Bounds(character_classes=("Knight", "Mage")))
    rejection = scene.rejection(c.UpdateMember(player("ann"), "Beekeeper"))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "character_class")


def test_the_first_member_gets_a_unique_class() -> None:
    scene = Scene("ann", "bob", unique_classes=True).chooses("ann", "Mage")
    rejection = scene.rejection(c.UpdateMember(BOB, "Mage"))

    assert (rejection.code, rejection.field, rejection.retryable) == (
        RejectionCode.CLASS_TAKEN,
        "character_class",
        True,
    )
    assert scene.chooses("ann", "Knight").chooses("bob", "Mage").member("bob").character_class == "Mage"


def test_the_first_member_keeps_the_class_when_classes_become_unique() -> None:
    scene = Scene("ann", "bob", "cid", "dee").chooses("ann", "Mage").chooses("bob", "Knight")
    scene.chooses("cid", "Knight").chooses("dee", "Knight").sets(unique_classes=True)

    assert scene.events[1:] == [MemberUpdated("cid", None, None, ()), MemberUpdated("dee", None, None, ())]
    assert [scene.member(name).character_class for name in scene.names] == ["Mage", "Knight", None, None]


def test_other_changes_of_settings_keep_equal_classes() -> None:
    scene = Scene("ann", "bob").chooses("ann", "Mage").chooses("bob", "Mage").sets(difficulty="Hard")

    assert len(scene.events) == 1
    assert scene.member("bob").character_class == "Mage"


def test_a_disconnected_member_keeps_the_class() -> None:
    scene = Scene("ann", "bob", unique_classes=True).chooses("bob", "Mage").disconnects("bob")

    assert scene.rejection(c.UpdateMember(player("ann"), "Mage")).code is RejectionCode.CLASS_TAKEN


def test_attributes_are_set_changed_and_removed_by_key() -> None:
    scene = Scene("ann").does(c.UpdateMember(player("ann"), attributes=(("hat", "red"), ("pet", "cat"))))
    scene.does(c.UpdateMember(player("ann"), attributes=(("hat", "blue"), ("pet", None), ("cape", "long"))))

    assert scene.member("ann").attributes == (Attribute("hat", "blue"), Attribute("cape", "long"))


def test_a_member_has_at_most_10_attributes() -> None:
    ten = tuple((f"key{number}", "") for number in range(10))
    scene = Scene("ann").does(c.UpdateMember(player("ann"), attributes=ten))
    rejection = scene.rejection(c.UpdateMember(player("ann"), attributes=(("one-more", ""),)))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "attributes")


def test_an_update_that_changes_nothing_has_no_event() -> None:
    scene = Scene("ann").does(c.UpdateMember(player("ann"), attributes=(("hat", "red"),)))

    assert scene.does(c.UpdateMember(player("ann"), attributes=(("hat", "red"), ("pet", None)))).events == []


@pytest.mark.parametrize("state", [PartyState.WAITING, PartyState.STARTING, PartyState.IN_PROGRESS])
def test_messages_can_be_posted_in_every_state(state: PartyState) -> None:
    scene = Scene("ann", "bob")
    if state is not PartyState.WAITING:
        scene.starts(force=True)
    if state is PartyState.IN_PROGRESS:
        scene.after(5).begins()

    assert scene.says("bob", " hello\nall ").events == [MessagePosted(BOB, "hello\nall")]
    assert scene.party.state is state


@pytest.mark.parametrize("text", ["", " \n ", "x" * 501])
def test_a_message_has_1_to_500_characters(text: str) -> None:
    rejection = Scene("ann", "bob").rejection(c.PostMessage(BOB, text))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "text")


# Getting ready.


def test_ready_counts_for_the_given_version_of_the_settings() -> None:
    scene = Scene("ann", "bob").does(c.SetReady(BOB, True, 1))

    assert scene.events == [MemberUpdated("bob", None, 1, ())]
    assert scene.is_ready("bob")


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("version", [1, 3])
def test_ready_for_another_version_is_rejected(ready: bool, version: int) -> None:
    scene = Scene("ann", "bob").sets(difficulty="Hard").ready("bob")
    rejection = scene.rejection(c.SetReady(BOB, ready, version))

    assert (rejection.code, rejection.field) == (RejectionCode.SETTINGS_CHANGED, "settings_version")
    assert rejection.current == scene.party
    assert scene.is_ready("bob")


def test_getting_ready_twice_has_one_event() -> None:
    assert Scene("ann", "bob").ready("bob").ready("bob").events == []


def test_ready_can_be_taken_back() -> None:
    assert not Scene("ann", "bob").ready("bob").ready("bob", ready=False).is_ready("bob")


def test_taking_ready_back_twice_has_one_event() -> None:
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
def test_a_change_that_does_not_affect_play_keeps_ready(settings: dict[str, Any]) -> None:
    scene = Scene("ann", "bob").ready("bob").sets(**settings)

    assert scene.is_ready("bob")


def test_changing_the_settings_back_does_not_bring_ready_back() -> None:
    scene = Scene("ann", "bob").ready("bob").sets(difficulty="Hard").sets(difficulty="Easy")

    assert not scene.is_ready("bob")


def test_a_new_class_clears_only_the_ready_of_this_member() -> None:
    scene = Scene("ann", "bob", "cid").ready("bob", "cid").chooses("bob", "Mage")

    assert [scene.is_ready("bob"), scene.is_ready("cid")] == [False, True]


@pytest.mark.parametrize("character_class", ["Mage", " Mage "])
def test_choosing_the_same_class_again_keeps_ready(character_class: str) -> None:
    scene = Scene("ann", "bob").chooses("bob", "Mage").ready("bob").chooses("bob", character_class)

    assert scene.events == []
    assert scene.is_ready("bob")


def test_clearing_the_class_clears_ready() -> None:
    scene = Scene("ann", "bob").chooses("bob", "Mage").ready("bob").chooses("bob", "")

    assert scene.member("bob").character_class is None
    assert not scene.is_ready("bob")


def test_new_attributes_keep_ready() -> None:
    scene = Scene("ann", "bob").ready("bob").does(c.UpdateMember(BOB, attributes=(("hat", "red"),)))

    assert scene.is_ready("bob")


def test_a_member_who_returns_in_time_is_still_ready() -> None:
    scene = Scene("ann", "bob").ready("bob").disconnects("bob").after(29).returns("bob")

    assert scene.is_ready("bob")


def test_a_member_who_returns_is_unready_for_changed_settings() -> None:
    scene = Scene("ann", "bob").ready("bob").disconnects("bob").sets(difficulty="Hard").returns("bob")

    assert not scene.is_ready("bob")


def test_a_muted_member_posts_no_message_until_the_leader_lifts_it() -> None:
    scene = Scene("ann", "bob", "cat").does(c.MuteMember(player("ann"), "bob", True))
    assert scene.rejection(c.PostMessage(player("bob"), "hello")).code is RejectionCode.MUTED
    scene.says("cat", "hello").does(c.MuteMember(player("ann"), "bob", False)).says("bob", "hello")


def test_a_mute_lasts_over_leaving_and_ends_with_the_leadership() -> None:
    scene = Scene("ann", "bob").does(c.MuteMember(player("ann"), "bob", True)).leaves("bob").joins("bob")
    assert scene.member("bob").muted
    scene.promotes("bob").says("bob", "now I lead")


def test_only_the_leader_mutes_and_only_another_member() -> None:
    scene = Scene("ann", "bob")
    assert scene.rejection(c.MuteMember(player("bob"), "ann", True)).code is RejectionCode.NOT_LEADER
    assert scene.rejection(c.MuteMember(player("ann"), "ann", True)).code is RejectionCode.INVALID_INPUT
    assert scene.rejection(c.MuteMember(player("ann"), "eve", True)).code is RejectionCode.NOT_MEMBER
    assert scene.does(c.MuteMember(player("ann"), "bob", False)).entries == ()

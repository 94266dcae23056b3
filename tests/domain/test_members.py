"""What members do for themselves: class, attributes, messages."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import MemberUpdated, MessagePosted
from lobby.domain.model import Attribute
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import PartyState
from tests.domain.scenes import Scene, player

BOB = player("bob")


def test_a_class_can_be_chosen_and_changed() -> None:
    scene = Scene("ann", "bob").chooses("bob", "Mage").chooses("bob", "Knight")

    assert scene.events == [MemberUpdated("bob", "Knight", None, ())]


def test_leaving_the_class_out_leaves_it() -> None:
    scene = Scene("ann", "bob").chooses("bob", "Mage").does(c.UpdateMember(BOB, attributes=(("hat", "red"),)))

    assert scene.member("bob").character_class == "Mage"


@pytest.mark.parametrize("wish", ["x" * 33, " ", "two\nlines"])
def test_a_class_is_one_line_of_1_to_32_characters(wish: str) -> None:
    refusal = Scene("ann", "bob").refusal(c.UpdateMember(BOB, wish))

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "character_class")


def test_only_the_servers_classes_go_where_it_names_some() -> None:
    scene = Scene("ann", bounds=Bounds(character_classes=("Knight", "Mage")))
    refusal = scene.refusal(c.UpdateMember(player("ann"), "Beekeeper"))

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "character_class")


def test_unique_classes_are_first_come_first_served() -> None:
    scene = Scene("ann", "bob", unique_classes=True).chooses("ann", "Mage")
    refusal = scene.refusal(c.UpdateMember(BOB, "Mage"))

    assert (refusal.code, refusal.field, refusal.retryable) == (RejectionCode.CLASS_TAKEN, "character_class", True)
    assert scene.chooses("ann", "Knight").chooses("bob", "Mage").member("bob").character_class == "Mage"


def test_a_class_taken_twice_before_classes_became_unique_can_be_kept() -> None:
    scene = Scene("ann", "bob").chooses("ann", "Mage").chooses("bob", "Mage").sets(unique_classes=True)

    assert scene.does(c.UpdateMember(BOB, "Mage", (("hat", "red"),))).member("bob").character_class == "Mage"


def test_a_disconnected_member_keeps_the_class() -> None:
    scene = Scene("ann", "bob", unique_classes=True).chooses("bob", "Mage").disconnects("bob")

    assert scene.refusal(c.UpdateMember(player("ann"), "Mage")).code is RejectionCode.CLASS_TAKEN


def test_attributes_are_set_changed_and_removed_by_key() -> None:
    scene = Scene("ann").does(c.UpdateMember(player("ann"), attributes=(("hat", "red"), ("pet", "cat"))))
    scene.does(c.UpdateMember(player("ann"), attributes=(("hat", "blue"), ("pet", None), ("cape", "long"))))

    assert scene.member("ann").attributes == (Attribute("hat", "blue"), Attribute("cape", "long"))


def test_at_most_10_attributes_are_kept() -> None:
    ten = tuple((f"key{number}", "") for number in range(10))
    scene = Scene("ann").does(c.UpdateMember(player("ann"), attributes=ten))
    refusal = scene.refusal(c.UpdateMember(player("ann"), attributes=(("one-more", ""),)))

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "attributes")


def test_an_update_that_changes_nothing_is_no_event() -> None:
    scene = Scene("ann").does(c.UpdateMember(player("ann"), attributes=(("hat", "red"),)))

    assert scene.does(c.UpdateMember(player("ann"), attributes=(("hat", "red"), ("pet", None)))).events == []


@pytest.mark.parametrize("state", [PartyState.WAITING, PartyState.STARTING, PartyState.IN_PROGRESS])
def test_messages_are_posted_in_every_state(state: PartyState) -> None:
    scene = Scene("ann", "bob")
    if state is not PartyState.WAITING:
        scene.starts(force=True)
    if state is PartyState.IN_PROGRESS:
        scene.after(5).begins()

    assert scene.says("bob", " hello\nall ").events == [MessagePosted(BOB, "hello\nall")]
    assert scene.party.state is state


@pytest.mark.parametrize("text", ["", " \n ", "x" * 501])
def test_a_message_has_1_to_500_characters(text: str) -> None:
    refusal = Scene("ann", "bob").refusal(c.PostMessage(BOB, text))

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "text")

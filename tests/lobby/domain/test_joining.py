"""Joining a party: who gets a seat, and the state of the new member."""

from __future__ import annotations

from typing import Any

import pytest

from lobby.domain.bounds import Bounds
from lobby.domain.commands import JoinParty
from lobby.domain.events import MemberJoined, SessionUpdated
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import Connection, Visibility
from tests.lobby.domain.scenes import START, Scene, player


def test_a_newcomer_is_last_in_the_order_of_joining() -> None:
    assert Scene("ann", "bob", "cid").names == ["ann", "bob", "cid"]


def test_a_newcomer_is_connected_not_ready_and_has_no_class() -> None:
    bob = Scene("ann").after(3).joins("bob").member("bob")

    assert bob.connection is Connection.CONNECTED
    assert (
        bob.joined_at,
        bob.ready_for,
        bob.remove_at,
        bob.character_class,
        bob.late_join,
    ) == (START + 3000, None, None, None, False)


def test_a_newcomer_does_not_clear_ready() -> None:
    scene = Scene("ann", "bob").ready("ann", "bob").joins("cid")

    assert [scene.is_ready(name) for name in ("ann", "bob", "cid")] == [True, True, False]


def test_joining_again_succeeds_without_an_event() -> None:
    scene = Scene("ann", "bob")

    assert scene.joins("bob").events == []


@pytest.mark.parametrize("settings", [{"locked": True}, {"visibility": Visibility.PRIVATE}, {"password": "opensesame"}])
def test_a_member_joins_again_although_others_would_be_rejected(settings: dict[str, Any]) -> None:
    scene = Scene("ann").sets(**settings)

    assert scene.answer(JoinParty(player("ann"), character_class="\0")) == ()


def test_a_member_of_a_full_running_party_joins_again() -> None:
    scene = Scene("ann", "bob", max_members=2).running()

    assert scene.answer(JoinParty(player("bob"), is_in_other_party=True)) == ()


def test_only_one_of_two_joins_gets_the_last_seat() -> None:
    scene = Scene("ann", max_members=2).joins("bob")

    assert scene.rejection(JoinParty(player("cid"))).code is RejectionCode.PARTY_FULL
    assert scene.names == ["ann", "bob"]


def test_a_ninth_member_is_rejected() -> None:
    scene = Scene(*"abcdefgh")

    assert len(scene.names) == 8
    assert scene.party.free_seats == 0
    assert scene.rejection(JoinParty(player("i"))).code is RejectionCode.PARTY_FULL


def test_a_freed_seat_can_be_taken() -> None:
    scene = Scene("ann", "bob", max_members=2).leaves("bob").joins("cid")

    assert scene.names == ["ann", "cid"]


def test_a_player_who_returns_is_last_in_the_order_of_joining() -> None:
    scene = Scene("ann", "bob", "cid").leaves("bob").joins("bob")

    assert scene.names == ["ann", "cid", "bob"]


def test_a_private_party_can_be_joined_by_its_code() -> None:
    scene = Scene("ann", visibility=Visibility.PRIVATE)

    assert scene.does(JoinParty(player("bob"), by_code=True)).names == ["ann", "bob"]


def test_the_right_password_is_accepted() -> None:
    scene = Scene("ann", password="opensesame")

    assert scene.does(JoinParty(player("bob"), password="opensesame")).names == ["ann", "bob"]


def test_a_party_without_a_password_accepts_any_password() -> None:
    scene = Scene("ann").does(JoinParty(player("bob"), password="whatever"))

    assert scene.names == ["ann", "bob"]


def test_the_first_to_join_an_empty_party_leads_it() -> None:
    scene = Scene().joins("ann", "bob")

    assert scene.party.leader_id == "ann"
    assert scene.party.term == 1


def test_a_class_given_at_joining_is_stored_trimmed() -> None:
    assert Scene("ann").joins("bob", character_class=" Knight ").member("bob").character_class == "Knight"


def test_an_empty_class_means_no_class() -> None:
    assert Scene("ann").joins("bob", character_class="").member("bob").character_class is None


def test_any_class_is_allowed_if_the_server_lists_none() -> None:
    assert Scene("ann").joins("bob", character_class="Beekeeper").member("bob").character_class == "Beekeeper"


def test_only_classes_on_the_servers_list_are_allowed() -> None:
    scene = Scene("ann", bounds=Bounds(character_classes=("Knight", "Mage"))).joins("bob", character_class="Mage")

    rejection = scene.rejection(JoinParty(player("cid"), character_class="Beekeeper"))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "character_class")


def test_two_members_may_have_one_class_unless_classes_are_unique() -> None:
    scene = Scene("ann").joins("bob", "cid", character_class="Mage")

    assert [scene.member(name).character_class for name in ("bob", "cid")] == ["Mage", "Mage"]


def test_a_late_join_enters_the_party_and_its_session() -> None:
    scene = Scene("ann").running().joins("bob", character_class="Mage")
    ann, bob = player("ann"), player("bob")

    assert [MemberJoined(bob, "Mage", late_join=True), SessionUpdated(1, None, (), (ann, bob))] == scene.events
    assert scene.member("bob").late_join
    assert (ann, bob) == scene.session.players


def test_a_late_join_keeps_floor_endpoint_and_attributes() -> None:
    before = Scene("ann").running()
    session = before.session

    assert (session.floor, session.endpoint, session.attributes) == (
        before.joins("bob").session.floor,
        before.session.endpoint,
        before.session.attributes,
    )


def test_a_late_join_stays_marked_after_the_session() -> None:
    scene = Scene("ann").running().joins("bob").completes().joins("cid")

    assert [scene.member(name).late_join for name in ("ann", "bob", "cid")] == [False, True, False]

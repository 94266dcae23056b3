"""Connections of members: the grace after a disconnect, and its end. Also the expiry of idle parties."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lobby.domain.commands import SetPresence
from lobby.domain.events import MemberConnectionChanged, MemberLeft, PartyClosed
from lobby.domain.values import CloseReason, Connection, LeaveReason, PartyState
from tests.lobby.domain.scenes import Scene, player

BOB = player("bob")


def starting() -> Scene:
    """A forced countdown: a disconnect would cancel another."""
    return Scene("ann", "bob", countdown_s=30).starts(force=True)


IN_EACH_STATE = [
    pytest.param(lambda: Scene("ann", "bob"), 30, id="waiting"),
    pytest.param(starting, 10, id="starting"),
    pytest.param(lambda: Scene("ann", "bob").running(), 120, id="in progress"),
]


@pytest.mark.parametrize(("make", "grace_s"), IN_EACH_STATE)
def test_a_disconnected_member_keeps_the_seat_for_the_grace_of_the_state(
    make: Callable[[], Scene], grace_s: int
) -> None:
    scene = make().disconnects("bob")
    bob = scene.member("bob")

    assert scene.events == [MemberConnectionChanged("bob", scene.at + grace_s * 1000)]
    assert (bob.connection, bob.remove_at) == (Connection.DISCONNECTED, scene.at + grace_s * 1000)

    assert scene.after(grace_s - 0.001).deadlines().events == []
    assert scene.after(0.001).deadlines().events[-1] == MemberLeft(BOB, LeaveReason.TIMED_OUT)


def test_a_member_who_returns_in_time_keeps_seat_class_and_ready() -> None:
    scene = Scene("ann", "bob", "cid").chooses("bob", "Mage").ready("bob").disconnects("bob").after(29).returns("bob")

    assert scene.events == [MemberConnectionChanged("bob", None)]
    assert scene.names == ["ann", "bob", "cid"]
    assert (scene.member("bob").character_class, scene.is_ready("bob")) == ("Mage", True)
    assert (scene.member("bob").remove_at, scene.member("bob").disconnected_at) == (None, None)


def test_a_return_in_time_cancels_the_deadline() -> None:
    assert Scene("ann", "bob").disconnects("bob").after(29).returns("bob").after(60).deadlines().events == []


def test_each_disconnect_has_a_full_grace() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(29).returns("bob").disconnects("bob")

    assert scene.member("bob").remove_at == scene.at + 30_000


def test_a_second_disconnect_in_a_row_does_not_move_the_deadline() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(10)

    assert scene.disconnects("bob").events == []


def test_a_second_connection_has_no_event() -> None:
    assert Scene("ann", "bob").returns("bob").events == []


@pytest.mark.parametrize("connected", [True, False])
def test_the_presence_of_a_stranger_has_no_event(connected: bool) -> None:
    assert Scene("ann").does(SetPresence("dee", connected)).events == []


def test_remove_at_does_not_change_with_the_state() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(20).running().after(4.999)
    assert scene.deadlines().events == []

    assert scene.after(0.001).deadlines().names == ["ann"]


def test_a_grace_is_as_long_after_its_session_has_ended() -> None:
    scene = Scene("ann", "bob").running().disconnects("bob").after(5).completes().after(114)

    assert scene.deadlines().names == ["ann", "bob"]
    assert scene.after(1).deadlines().names == ["ann"]


def test_an_explicit_leave_has_no_grace() -> None:
    assert Scene("ann", "bob").running().leaves("bob").names == ["ann"]


def test_a_change_of_presence_has_no_actor() -> None:
    assert [entry.actor_id for entry in Scene("ann", "bob").disconnects("bob").entries] == [None]


def test_a_timeout_has_no_actor() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(30).deadlines()

    assert [entry.actor_id for entry in scene.entries] == [None]


def test_the_party_expires_when_the_grace_of_all_is_over() -> None:
    scene = Scene("ann", "bob").disconnects("ann").after(5).disconnects("bob").after(25).deadlines()
    assert scene.names == ["bob"]

    scene.after(5).deadlines()

    assert scene.events == [MemberLeft(BOB, LeaveReason.TIMED_OUT), PartyClosed(CloseReason.EXPIRED, ("bob",))]


def test_members_whose_graces_end_together_all_leave() -> None:
    scene = Scene(*"abcdefgh").disconnects(*"abcdefgh").after(30).deadlines()

    assert [event.player.id for event in scene.events if isinstance(event, MemberLeft)] == list("abcdefgh")
    assert scene.events[-1] == PartyClosed(CloseReason.EXPIRED, ("h",))


def test_a_waiting_party_without_an_event_for_6_h_expires() -> None:
    scene = Scene("ann", "bob").after(6 * 3600 - 0.001).deadlines()
    assert scene.events == []

    scene.after(0.001).deadlines()

    assert scene.events == [
        MemberLeft(player("ann"), LeaveReason.PARTY_CLOSED),
        MemberLeft(BOB, LeaveReason.PARTY_CLOSED),
        PartyClosed(CloseReason.EXPIRED, ("ann", "bob")),
    ]


def test_any_event_restarts_the_6_h() -> None:
    assert Scene("ann").after(6 * 3600 - 1).says("ann", "still here").after(3600).deadlines().events == []


def test_a_session_may_run_for_longer_than_6_h() -> None:
    assert Scene("ann").running().after(24 * 3600).deadlines().party.state is PartyState.IN_PROGRESS


def test_a_party_that_nobody_has_joined_closes_after_a_grace() -> None:
    scene = Scene().after(29.999).deadlines()
    assert scene.events == []

    assert scene.after(0.001).deadlines().events == [PartyClosed(CloseReason.EXPIRED, ())]


def test_a_party_joined_in_time_does_not_close_after_a_grace() -> None:
    assert Scene().after(29).joins("ann").after(60).deadlines().events == []

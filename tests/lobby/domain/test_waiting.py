"""Waiting for a seat in a full party: the waiting list, and seats that are held for players on it."""

from __future__ import annotations

from typing import Any, Self

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import MemberJoined, ReservationsChanged, WaitingChanged
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import RejectionCode
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.rules.waiting import has_seat_to_offer
from lobby.domain.values import ReservationReason, Visibility
from lobby.domain.viewer_access import AccessLevel, access_level, can_see
from tests.lobby.domain.scenes import Scene, player


class Queue(Scene):
    """A party of two, which is full, and in which players wait."""

    def __init__(self, *waiting: str, **settings: Any) -> None:
        super().__init__("ann", "bob", max_members=2, **settings)
        self.waits(*waiting)

    @property
    def waiting(self) -> list[str]:
        return [waiting.player.id for waiting in self.party.waiting]

    @property
    def held(self) -> list[str]:
        return [held.player.id for held in self.party.reservations]

    def waits(self, *names: str, **fields: Any) -> Self:
        for name in names:
            self.does(c.JoinParty(player(name), by_code=True, wait=True, **fields))
        return self

    def offers(self, *connected: str) -> Self:
        return self.does(c.OfferSeats(connected))


def test_a_player_who_joins_a_full_party_with_wait_comes_to_the_end_of_the_list() -> None:
    scene = Queue("cid", "dee")
    assert (scene.waiting, scene.names) == (["cid", "dee"], ["ann", "bob"])
    assert isinstance(scene.events[0], WaitingChanged)


def test_with_a_free_seat_wait_joins_at_once() -> None:
    scene = Queue().leaves("bob").waits("cid")
    assert (scene.names, scene.waiting) == (["ann", "cid"], [])


def test_without_wait_a_full_party_stays_full_also_for_a_player_who_waits() -> None:
    scene = Queue("cid")
    for name in ("cid", "dee"):
        assert scene.rejection(c.JoinParty(player(name))).code is RejectionCode.PARTY_FULL
    assert scene.waiting == ["cid"]


def test_waiting_again_keeps_the_place_and_changes_nothing() -> None:
    scene = Queue("cid", "dee")
    assert scene.waits("cid").events == []
    assert scene.waits("cid", character_class="Mage").waiting == ["cid", "dee"]


def test_at_most_sixteen_wait_and_held_seats_count() -> None:
    scene = Queue(*(f"w{number}" for number in range(16)))
    rejection = scene.rejection(c.JoinParty(player("late"), wait=True))
    assert (rejection.code, rejection.retryable) == (RejectionCode.WAITING_FULL, True)
    scene.leaves("bob").offers("w0")
    assert scene.rejection(c.JoinParty(player("late"), wait=True)).code is RejectionCode.WAITING_FULL
    assert scene.joins("w0").waits("late").waiting[-1] == "late"


@pytest.mark.parametrize(
    ("settings", "fields", "code"),
    [
        ({"locked": True}, {}, RejectionCode.PARTY_LOCKED),
        ({"visibility": Visibility.PRIVATE}, {"by_code": False}, RejectionCode.NOT_FOUND),
        ({"password": "open sesame"}, {"password": "nope"}, RejectionCode.WRONG_PASSWORD),
        ({"client_version": "1.0"}, {"client_version": "1.1"}, RejectionCode.VERSION_MISMATCH),
        ({}, {"character_class": "\0"}, RejectionCode.INVALID_INPUT),
        ({}, {"is_in_other_party": True}, RejectionCode.ALREADY_IN_PARTY),
    ],
)
def test_the_other_checks_of_a_join_hold_for_players_who_wait(
    settings: dict[str, Any], fields: dict[str, Any], code: RejectionCode
) -> None:
    scene = Scene("ann", max_members=1)
    scene.sets(**settings)
    assert scene.rejection(c.JoinParty(player("cid"), **{"by_code": True, "wait": True, **fields})).code is code


def test_a_free_seat_is_held_for_the_first_who_is_connected() -> None:
    scene = Queue("cid", "dee", "eve").leaves("bob").offers("dee", "eve")
    (held,) = scene.party.reservations
    assert (held.player.id, held.reason, held.until) == ("dee", ReservationReason.WAITLIST, scene.at + 20_000)
    assert (scene.waiting, scene.party.free_seats) == (["cid", "eve"], 0)
    assert [type(event) for event in scene.events] == [ReservationsChanged]


def test_several_free_seats_are_held_in_the_order_of_the_list() -> None:
    scene = Queue("cid", "dee", "eve").sets(max_members=4).offers("eve", "dee", "cid")
    assert (scene.held, scene.waiting) == (["cid", "dee"], ["eve"])


def test_the_player_takes_the_held_seat_by_joining_with_the_class_of_the_request() -> None:
    scene = Queue(unique_classes=True, visibility=Visibility.PRIVATE, password="open sesame")
    scene.waits("cid", password="open sesame", character_class="Mage").leaves("bob").offers("cid")
    scene.does(c.JoinParty(player("cid")))
    assert (scene.names, scene.held, scene.member("cid").character_class) == (["ann", "cid"], [], "Mage")
    assert [type(event) for event in scene.events] == [MemberJoined]


def test_a_free_seat_belongs_to_connected_players_on_the_list_before_it_is_held() -> None:
    scene = Queue("cid", "dee").leaves("bob")
    for name, connected in (("eve", ("cid",)), ("dee", ("cid",))):
        joining = c.JoinParty(player(name), connected=connected)
        assert scene.rejection(joining).code is RejectionCode.PARTY_FULL
    assert scene.does(c.JoinParty(player("dee"), connected=("dee",))).names == ["ann", "dee"]
    assert scene.waiting == ["cid"]


def test_without_connected_players_on_the_list_anybody_takes_a_free_seat() -> None:
    scene = Queue("cid").leaves("bob").offers()
    assert scene.joins("eve").names == ["ann", "eve"]
    assert scene.waiting == ["cid"]


def test_a_held_seat_that_is_not_taken_goes_to_the_next() -> None:
    scene = Queue("cid", "dee").leaves("bob").offers("cid", "dee").after(19.999).deadlines()
    assert scene.held == ["cid"]
    scene.after(0.001).deadlines()
    assert (scene.held, scene.waiting) == ([], ["dee"])
    assert scene.offers("cid", "dee").held == ["dee"]


def test_a_seat_that_nobody_could_take_leaves_its_player_first_on_the_list() -> None:
    scene = Queue("cid", "dee").leaves("bob").offers("cid").sets(locked=True)
    assert scene.rejection(c.JoinParty(player("cid"))).code is RejectionCode.PARTY_LOCKED
    scene.after(20).deadlines()
    assert (scene.held, scene.waiting) == ([], ["cid", "dee"])


def test_lowering_max_members_takes_the_held_seat_and_keeps_the_place() -> None:
    scene = Queue("cid", "dee").sets(max_members=4).offers("cid", "dee")
    scene.sets(max_members=3)
    assert (scene.held, scene.waiting) == (["cid"], ["dee"])
    scene.sets(max_members=2)
    assert (scene.held, scene.waiting) == ([], ["cid", "dee"])


def test_no_seat_is_offered_while_nobody_could_join() -> None:
    for scene in (Queue("cid"), Queue("cid").leaves("bob").sets(locked=True)):
        assert not has_seat_to_offer(scene.party)
        assert scene.offers("cid").events == []


def test_seats_are_offered_during_a_session_with_late_join_and_not_during_a_countdown() -> None:
    scene = Queue("cid").leaves("bob").starts(force=True)
    assert scene.offers("cid").events == []
    assert scene.after(5).begins().offers("cid").held == ["cid"]
    assert scene.joins("cid").member("cid").late_join
    assert Queue("cid", allow_late_join=False).leaves("bob").starts(True).after(5).begins().offers("cid").held == []


def test_a_player_without_the_version_that_is_needed_now_is_passed_over() -> None:
    scene = Queue("cid", "dee")
    scene.waits("dee", client_version="1.1").leaves("bob").sets(client_version="1.1")
    assert scene.offers("cid", "dee").held == ["dee"]


def test_stop_waiting_leaves_the_list_and_gives_up_the_held_seat() -> None:
    scene = Queue("cid", "dee").leaves("bob").offers("cid")
    assert scene.does(c.StopWaiting(player("cid"))).held == []
    assert scene.does(c.StopWaiting(player("dee"))).waiting == []
    assert scene.rejection(c.StopWaiting(player("dee"))).code is RejectionCode.NOT_MEMBER
    assert scene.does(c.StopWaiting(player("ann"))).events == []


def test_stop_waiting_takes_if_version() -> None:
    scene = Queue("cid")
    before = scene.party.version
    scene.sets(max_members=3)
    rejection = scene.rejection(c.StopWaiting(player("cid")), if_version=before)
    assert rejection.code is RejectionCode.VERSION_CONFLICT
    assert scene.does(c.StopWaiting(player("cid")), if_version=scene.party.version).waiting == []


def test_a_private_party_is_not_found_by_a_stranger_who_stops_waiting() -> None:
    scene = Queue("cid", visibility=Visibility.PRIVATE)
    assert scene.rejection(c.StopWaiting(player("dee"))).code is RejectionCode.NOT_FOUND


def test_the_leader_kicks_a_player_who_waits() -> None:
    scene = Queue("cid", "dee").leaves("bob").offers("cid")
    assert scene.rejection(c.KickMember(player("cid"), "dee")).code is RejectionCode.NOT_MEMBER
    assert scene.kicks("dee").waiting == []
    assert scene.kicks("cid").held == []


def test_the_end_of_the_party_ends_the_list() -> None:
    scene = Queue("cid", "dee").leaves("bob").offers("cid").disbands()
    assert (scene.held, scene.waiting, scene.party.claimed_players) == ([], [], set())


def test_a_player_who_waits_sees_the_list_but_nothing_that_members_see() -> None:
    scene = Queue("cid", "dee", visibility=Visibility.PRIVATE).leaves("bob").offers("cid")
    for name in ("cid", "dee"):
        level = access_level(scene.party, name)
        assert (level, level.sees_waiting_list, level.sees_attributes) == (AccessLevel.WAITING, True, False)
        assert can_see(scene.party, name)
    assert not can_see(scene.party, "eve")
    assert scene.party.claimed_players == {"ann", "cid", "dee"}


def test_a_free_seat_stays_due_until_it_is_held() -> None:
    scene = Queue("cid")
    deadline = next_deadline(scene.party, Bounds())
    assert deadline is not None
    assert deadline > scene.at
    scene.leaves("bob")
    assert next_deadline(scene.party, Bounds()) == scene.at
    deadline = next_deadline(scene.offers("cid").party, Bounds())
    assert deadline == scene.at + 20_000


def test_a_held_seat_has_a_team_and_a_free_class() -> None:
    scene = Scene("ann", "bob", "cid", max_members=3, teams=2, unique_classes=True)
    scene.does(c.JoinParty(player("dee"), wait=True, character_class="Mage")).leaves("bob").chooses("ann", "Mage")
    scene.does(c.OfferSeats(("dee",)))
    (held,) = scene.party.reservations
    assert (held.team, held.character_class) == (2, None)


def test_settings_that_are_changed_while_players_wait_do_not_touch_the_list() -> None:
    scene = Queue("cid")
    scene.does(c.UpdateParty(player("ann"), SettingsPatch(password="open sesame", visibility=Visibility.PRIVATE)))
    assert scene.waiting == ["cid"]
    assert scene.leaves("bob").does(c.JoinParty(player("cid"))).names == ["ann", "cid"]


def test_a_moderator_takes_a_player_off_the_list_who_was_on_it_by_then() -> None:
    scene = Queue("cid", "dee").leaves("bob").offers("cid").after(1)
    scene.does(c.RemoveMember("dee", scene.at - 2_000))
    assert (scene.held, scene.waiting) == (["cid"], ["dee"])
    for name in ("cid", "dee"):
        scene.does(c.RemoveMember(name, scene.at))
    assert (scene.held, scene.waiting) == ([], [])


def test_leave_party_leaves_the_list() -> None:
    scene = Queue("cid")
    assert scene.leaves("cid").waiting == []
    assert isinstance(scene.events[0], WaitingChanged)


CHECK_S = Bounds().waiting_check_ms / 1000


def test_a_player_who_is_not_connected_at_two_checks_in_a_row_waits_no_longer() -> None:
    scene = Queue("cid", "dee")
    assert next_deadline(scene.party, Bounds()) == scene.at + Bounds().waiting_check_ms
    assert scene.does(c.CheckWaiting((), 0)).events == [], "no check is due yet"
    scene.after(CHECK_S).does(c.CheckWaiting(("cid",), 0))
    assert [waiting.was_absent for waiting in scene.party.waiting] == [False, True]
    scene.after(CHECK_S).does(c.CheckWaiting(("cid",), 0))
    assert scene.waiting == ["cid"]
    scene.after(CHECK_S).does(c.CheckWaiting((), 0))
    assert scene.after(CHECK_S).does(c.CheckWaiting(("cid",), 0)).waiting == ["cid"], "the player has come back"
    assert not scene.party.waiting[0].was_absent


def test_after_a_restart_players_have_time_to_connect_before_they_are_checked() -> None:
    scene = Queue("cid").after(CHECK_S)
    assert scene.does(c.CheckWaiting((), up_since=scene.at - 29_000)).events == []
    assert scene.does(c.CheckWaiting((), up_since=scene.at - 30_000)).party.waiting[0].was_absent

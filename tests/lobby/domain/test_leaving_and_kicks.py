"""How players leave, and how a party closes."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import (
    CountdownCancelled,
    LeaderChanged,
    MemberLeft,
    PartyClosed,
    SessionEnded,
    SessionUpdated,
)
from lobby.domain.evolve import DEPARTURES_MAX
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import NOT_FOUND, RejectionCode
from lobby.domain.values import (
    CancelReason,
    CloseReason,
    LeaderChangeReason,
    LeaveReason,
    PartyState,
    SessionStatus,
    Visibility,
)
from lobby.struct import replace
from tests.lobby.domain.scenes import Scene, player

ANN, BOB, CID = player("ann"), player("bob"), player("cid")


def test_leaving_frees_the_seat_at_once() -> None:
    scene = Scene("ann", "bob").leaves("bob")

    assert scene.events == [MemberLeft(BOB, LeaveReason.LEFT)]
    assert scene.names == ["ann"]


def test_a_member_who_joins_another_party_leaves_with_that_reason() -> None:
    scene = Scene("ann", "bob").leaves("bob", LeaveReason.JOINED_ANOTHER)

    assert scene.events == [MemberLeft(BOB, LeaveReason.JOINED_ANOTHER)]


def test_the_party_closes_when_its_last_member_leaves() -> None:
    scene = Scene("ann").leaves("ann")

    assert scene.events == [
        MemberLeft(ANN, LeaveReason.LEFT),
        PartyClosed(CloseReason.LAST_MEMBER_LEFT, ("ann",)),
    ]


def test_the_party_closes_when_its_last_member_joins_another() -> None:
    scene = Scene("ann").leaves("ann", LeaveReason.JOINED_ANOTHER)

    assert scene.events[-1] == PartyClosed(CloseReason.LAST_MEMBER_LEFT, ("ann",))


def test_the_party_expires_when_its_last_member_times_out() -> None:
    scene = Scene("ann").disconnects("ann").after(30).deadlines()

    assert scene.events == [MemberLeft(ANN, LeaveReason.TIMED_OUT), PartyClosed(CloseReason.EXPIRED, ("ann",))]


def test_the_close_reason_depends_on_the_last_departure_only() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(30).deadlines().leaves("ann")

    assert scene.events[-1] == PartyClosed(CloseReason.LAST_MEMBER_LEFT, ("ann",))


def test_disbanding_removes_each_member_and_then_closes() -> None:
    scene = Scene("ann", "bob", "cid").disbands()

    assert scene.events == [
        MemberLeft(ANN, LeaveReason.PARTY_CLOSED),
        MemberLeft(BOB, LeaveReason.PARTY_CLOSED),
        MemberLeft(CID, LeaveReason.PARTY_CLOSED),
        PartyClosed(CloseReason.DISBANDED, ("ann", "bob", "cid")),
    ]


def test_disbanding_cancels_the_countdown_first() -> None:
    scene = Scene("ann").starts().disbands()

    assert scene.events[0] == CountdownCancelled(CancelReason.LEADER_CANCELLED)
    assert scene.party.latest_session is None


def test_disbanding_abandons_the_running_session_first() -> None:
    scene = Scene("ann", "bob").running().disbands()

    assert scene.events[0] == SessionEnded(SessionStatus.ABANDONED, None)
    assert scene.session.status is SessionStatus.ABANDONED


def test_leaving_the_party_leaves_its_session() -> None:
    scene = Scene("ann", "bob").running().leaves("bob")

    assert scene.events == [SessionUpdated(1, None, (), (ANN,)), MemberLeft(BOB, LeaveReason.LEFT)]
    assert scene.session.players == (ANN,)


def test_the_last_member_who_leaves_ends_session_and_party() -> None:
    scene = Scene("ann").running().leaves("ann")

    assert scene.events == [
        SessionEnded(SessionStatus.ABANDONED, None),
        MemberLeft(ANN, LeaveReason.LEFT),
        PartyClosed(CloseReason.LAST_MEMBER_LEFT, ("ann",)),
    ]


def test_leaving_from_outside_the_session_does_not_change_the_session() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(c.LeaveSession(BOB, scene.session.id)).leaves("bob")

    assert scene.events == [MemberLeft(BOB, LeaveReason.LEFT)]


@pytest.mark.parametrize(("force", "reason"), [(False, CancelReason.MEMBER_LEFT), (True, CancelReason.BELOW_MINIMUM)])
def test_the_last_member_who_leaves_cancels_the_countdown(force: bool, reason: CancelReason) -> None:
    scene = Scene("ann").starts(force).leaves("ann")

    assert scene.events == [
        MemberLeft(ANN, LeaveReason.LEFT),
        CountdownCancelled(reason),
        PartyClosed(CloseReason.LAST_MEMBER_LEFT, ("ann",)),
    ]


def test_kick_and_ban_have_different_leave_reasons() -> None:
    assert Scene("ann", "bob").kicks("bob").events == [MemberLeft(BOB, LeaveReason.KICKED)]
    assert Scene("ann", "bob").kicks("bob", ban=True).events == [MemberLeft(BOB, LeaveReason.BANNED)]


def test_a_kicked_player_leaves_the_session_too() -> None:
    assert Scene("ann", "bob").running().kicks("bob").session.players == (ANN,)


def test_a_leader_who_leaves_is_succeeded_in_the_same_step() -> None:
    scene = Scene("ann", "bob").leaves("ann")

    assert scene.events == [
        MemberLeft(ANN, LeaveReason.LEFT),
        LeaderChanged(None, BOB, LeaderChangeReason.LEADER_LEFT, 2),
    ]


def test_events_that_follow_by_themselves_have_no_actor() -> None:
    scene = Scene("ann", "bob").leaves("ann")

    assert [entry.actor_id for entry in scene.entries] == ["ann", None]


def test_a_closed_party_has_neither_members_nor_leader() -> None:
    party = Scene("ann", "bob").disbands().party

    assert (party.state, party.members, party.leader_id) == (PartyState.CLOSED, (), None)


BY_A_PLAYER: tuple[c.Command, ...] = (
    c.UpdateParty(ANN, SettingsPatch(name="New")),
    c.JoinParty(CID),
    c.LeaveParty(ANN),
    c.DisbandParty(ANN),
    c.KickMember(ANN, "bob"),
    c.PromoteMember(ANN, "bob"),
    c.ClaimLeadership(BOB),
    c.RotateJoinCode(ANN, "HJKMNP"),
    c.UpdateMember(ANN, "Mage"),
    c.SetReady(ANN, True, 1),
    c.PostMessage(ANN, "hello"),
    c.StartSession(ANN, "session-9"),
    c.CancelStart(ANN),
    c.JoinSession(ANN, "session-1"),
    c.LeaveSession(ANN, "session-1"),
    c.UpdateSession(ANN, "session-1", floor=2),
    c.CompleteSession(ANN, "session-1"),
)
BY_THE_SERVER: tuple[c.Command, ...] = (
    c.BeginSession("session-1"),
    c.SetPresence("ann", connected=False),
    c.SetPresence("ann", connected=True),
    c.MeetDeadlines(),
)


@pytest.mark.parametrize("command", BY_A_PLAYER, ids=lambda command: type(command).__name__)
def test_a_closed_party_rejects_all_commands(command: c.Command) -> None:
    rejection = Scene("ann", "bob").running().disbands().rejection(command)

    assert (rejection.code, rejection.retryable) == (RejectionCode.PARTY_CLOSED, False)


@pytest.mark.parametrize("command", BY_THE_SERVER, ids=repr)
def test_commands_of_the_server_do_not_change_a_closed_party(command: c.Command) -> None:
    assert Scene("ann", "bob").running().disbands().after(86_400).does(command).events == []


def test_a_report_to_a_closed_party_is_rejected_as_session_over() -> None:
    rejection = Scene("ann").running().disbands().rejection(c.CompleteSession(None, "session-1"))

    assert (rejection.code, rejection.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, False)


def test_only_last_members_learn_that_a_private_party_is_closed() -> None:
    scene = Scene("ann", "bob", "cid", visibility=Visibility.PRIVATE).kicks("cid").disbands()

    assert scene.rejection(c.LeaveParty(BOB)).code is RejectionCode.PARTY_CLOSED
    assert scene.rejection(c.LeaveParty(CID)) == NOT_FOUND
    assert scene.rejection(c.LeaveParty(player("dee"))) == NOT_FOUND


def test_everybody_learns_that_a_public_party_is_closed() -> None:
    scene = Scene("ann", "bob").disbands()

    assert scene.rejection(c.LeaveParty(player("dee"))).code is RejectionCode.PARTY_CLOSED
    assert scene.rejection(c.JoinParty(player("dee"))).code is RejectionCode.PARTY_CLOSED


def test_departures_are_bounded_and_bans_are_kept() -> None:
    scene = Scene("ann", "bob").kicks("bob", ban=True)
    for number in range(DEPARTURES_MAX + 10):
        scene.joins(f"guest-{number}").leaves(f"guest-{number}")

    assert len(scene.party.departures) == DEPARTURES_MAX + 1
    assert scene.rejection(c.JoinParty(BOB)).code is RejectionCode.BANNED


def test_only_the_latest_departure_of_a_player_is_kept() -> None:
    scene = Scene("ann", "bob").kicks("bob").after(60).joins("bob").leaves("bob")
    departure = scene.party.departure("bob")

    assert len(scene.party.departures) == 1
    assert departure is not None
    assert (departure.reason, departure.at) == (LeaveReason.LEFT, scene.at)
    assert departure.seq == scene.party.version


def test_bans_are_bounded_and_kicks_are_not() -> None:
    scene = Scene("ann", "bob", "cid", bounds=Bounds(bans_max=1)).kicks("bob", ban=True)
    rejection = scene.rejection(c.KickMember(ANN, "cid", ban=True))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "ban")
    assert scene.kicks("cid").names == ["ann"]
    assert scene.rejection(c.KickMember(ANN, "cid", ban=True)).field == "ban"


@pytest.mark.parametrize("reason", [LeaveReason.LEFT, LeaveReason.TIMED_OUT, LeaveReason.JOINED_ANOTHER])
def test_a_ban_of_a_player_who_has_just_left_counts(reason: LeaveReason) -> None:
    scene = Scene("ann", "bob").leaves("bob", reason).after(1).does(c.KickMember(ANN, "bob", ban=True))

    assert scene.events == [MemberLeft(BOB, LeaveReason.BANNED)]
    assert scene.rejection(c.JoinParty(BOB, by_code=True)).code is RejectionCode.BANNED
    assert scene.does(c.KickMember(ANN, "bob", ban=True)).events == []


def test_a_kicked_player_can_be_banned_afterwards() -> None:
    scene = Scene("ann", "bob").kicks("bob").does(c.KickMember(ANN, "bob", ban=True)).after(61)

    assert scene.rejection(c.JoinParty(BOB, by_code=True)).code is RejectionCode.BANNED


def test_a_later_ban_keeps_the_entry_at_which_the_player_left() -> None:
    scene = Scene("ann", "bob").leaves("bob")
    left = scene.party.departure("bob")
    banned = scene.says("ann", "hello").after(5).does(c.KickMember(ANN, "bob", ban=True)).party.departure("bob")

    assert left is not None
    assert banned == replace(left, reason=LeaveReason.BANNED)


def test_only_the_leader_bans_former_members_and_only_with_a_ban() -> None:
    scene = Scene("ann", "bob", "cid").leaves("cid")

    assert scene.rejection(c.KickMember(BOB, "cid", ban=True)).code is RejectionCode.NOT_LEADER
    assert scene.rejection(c.KickMember(ANN, "cid")).code is RejectionCode.NOT_MEMBER
    assert scene.rejection(c.KickMember(ANN, "dee", ban=True)).code is RejectionCode.NOT_MEMBER

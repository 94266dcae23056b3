"""How players go, and how a party ends."""

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
from lobby.domain.evolve import DEPARTURES_KEPT_MAX
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
from tests.domain.scenes import Scene, player

ANN, BOB, CID = player("ann"), player("bob"), player("cid")


def test_leaving_gives_the_seat_back_at_once() -> None:
    scene = Scene("ann", "bob").leaves("bob")

    assert scene.events == [MemberLeft(BOB, LeaveReason.LEFT)]
    assert scene.names == ["ann"]


def test_a_member_who_goes_to_another_party_is_seen_to_have_joined_it() -> None:
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


def test_how_the_last_member_goes_decides_not_how_the_others_went() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(30).deadlines().leaves("ann")

    assert scene.events[-1] == PartyClosed(CloseReason.LAST_MEMBER_LEFT, ("ann",))


def test_disbanding_lets_each_member_go_and_then_closes() -> None:
    scene = Scene("ann", "bob", "cid").disbands()

    assert scene.events == [
        MemberLeft(ANN, LeaveReason.PARTY_CLOSED),
        MemberLeft(BOB, LeaveReason.PARTY_CLOSED),
        MemberLeft(CID, LeaveReason.PARTY_CLOSED),
        PartyClosed(CloseReason.DISBANDED, ("ann", "bob", "cid")),
    ]


def test_disbanding_calls_off_the_countdown_first() -> None:
    scene = Scene("ann").starts().disbands()

    assert scene.events[0] == CountdownCancelled(CancelReason.LEADER_CANCELLED)
    assert scene.party.shown_session is None


def test_disbanding_abandons_the_running_session_first() -> None:
    scene = Scene("ann", "bob").running().disbands()

    assert scene.events[0] == SessionEnded(SessionStatus.ABANDONED, None)
    assert scene.session.status is SessionStatus.ABANDONED


def test_leaving_the_party_leaves_its_session() -> None:
    scene = Scene("ann", "bob").running().leaves("bob")

    assert scene.events == [SessionUpdated(1, None, (), (ANN,)), MemberLeft(BOB, LeaveReason.LEFT)]
    assert scene.session.players == (ANN,)


def test_the_last_one_out_of_party_and_session_ends_both() -> None:
    scene = Scene("ann").running().leaves("ann")

    assert scene.events == [
        SessionEnded(SessionStatus.ABANDONED, None),
        MemberLeft(ANN, LeaveReason.LEFT),
        PartyClosed(CloseReason.LAST_MEMBER_LEFT, ("ann",)),
    ]


def test_leaving_a_party_whose_session_one_is_not_in_leaves_that_session_alone() -> None:
    scene = Scene("ann", "bob").running()
    scene.does(c.LeaveSession(BOB, scene.session.id)).leaves("bob")

    assert scene.events == [MemberLeft(BOB, LeaveReason.LEFT)]


@pytest.mark.parametrize(("force", "reason"), [(False, CancelReason.MEMBER_LEFT), (True, CancelReason.BELOW_MINIMUM)])
def test_the_last_member_leaving_calls_off_the_countdown(force: bool, reason: CancelReason) -> None:
    scene = Scene("ann").starts(force).leaves("ann")

    assert scene.events == [
        MemberLeft(ANN, LeaveReason.LEFT),
        CountdownCancelled(reason),
        PartyClosed(CloseReason.LAST_MEMBER_LEFT, ("ann",)),
    ]


def test_kick_and_ban_are_told_apart() -> None:
    assert Scene("ann", "bob").kicks("bob").events == [MemberLeft(BOB, LeaveReason.KICKED)]
    assert Scene("ann", "bob").kicks("bob", ban=True).events == [MemberLeft(BOB, LeaveReason.BANNED)]


def test_a_kick_takes_the_player_out_of_the_session_too() -> None:
    assert Scene("ann", "bob").running().kicks("bob").session.players == (ANN,)


def test_the_leader_going_hands_over_in_the_same_step() -> None:
    scene = Scene("ann", "bob").leaves("ann")

    assert scene.events == [
        MemberLeft(ANN, LeaveReason.LEFT),
        LeaderChanged(None, BOB, LeaderChangeReason.LEADER_LEFT, 2),
    ]


def test_an_act_that_follows_by_itself_has_no_actor() -> None:
    scene = Scene("ann", "bob").leaves("ann")

    assert [entry.actor_id for entry in scene.entries] == ["ann", None]


def test_a_closed_party_has_neither_members_nor_leader() -> None:
    party = Scene("ann", "bob").disbands().party

    assert (party.state, party.members, party.leader_id) == (PartyState.CLOSED, (), None)


BY_A_PLAYER: tuple[c.Command, ...] = (
    c.UpdateParty(ANN, c.SettingsPatch(name="New")),
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
def test_closed_is_terminal(command: c.Command) -> None:
    refusal = Scene("ann", "bob").running().disbands().refusal(command)

    assert (refusal.code, refusal.retryable) == (RejectionCode.PARTY_CLOSED, False)


@pytest.mark.parametrize("command", BY_THE_SERVER, ids=repr)
def test_the_server_leaves_a_closed_party_alone(command: c.Command) -> None:
    assert Scene("ann", "bob").running().disbands().after(86_400).does(command).events == []


def test_a_game_server_that_ends_the_session_of_a_closed_party_is_told_that_it_is_over() -> None:
    refusal = Scene("ann").running().disbands().refusal(c.CompleteSession(None, "session-1"))

    assert (refusal.code, refusal.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, False)


def test_a_closed_private_party_says_so_only_to_those_who_were_in_it_at_the_end() -> None:
    scene = Scene("ann", "bob", "cid", visibility=Visibility.PRIVATE).kicks("cid").disbands()

    assert scene.refusal(c.LeaveParty(BOB)).code is RejectionCode.PARTY_CLOSED
    assert scene.refusal(c.LeaveParty(CID)) == NOT_FOUND
    assert scene.refusal(c.LeaveParty(player("dee"))) == NOT_FOUND


def test_a_closed_public_party_says_so_to_everyone() -> None:
    scene = Scene("ann", "bob").disbands()

    assert scene.refusal(c.LeaveParty(player("dee"))).code is RejectionCode.PARTY_CLOSED
    assert scene.refusal(c.JoinParty(player("dee"))).code is RejectionCode.PARTY_CLOSED


def test_former_members_are_remembered_up_to_a_bound_and_the_banned_for_good() -> None:
    scene = Scene("ann", "bob").kicks("bob", ban=True)
    for number in range(DEPARTURES_KEPT_MAX + 10):
        scene.joins(f"guest-{number}").leaves(f"guest-{number}")

    assert len(scene.party.departures) == DEPARTURES_KEPT_MAX + 1
    assert scene.refusal(c.JoinParty(BOB)).code is RejectionCode.BANNED


def test_only_the_latest_departure_of_a_player_counts() -> None:
    scene = Scene("ann", "bob").kicks("bob").after(60).joins("bob").leaves("bob")
    departure = scene.party.departure("bob")

    assert len(scene.party.departures) == 1
    assert departure is not None
    assert (departure.reason, departure.at) == (LeaveReason.LEFT, scene.at)
    assert departure.seq == scene.party.version


def test_a_party_bans_up_to_a_bound_and_kicks_beyond_it() -> None:
    scene = Scene("ann", "bob", "cid", bounds=Bounds(bans_max=1)).kicks("bob", ban=True)
    refusal = scene.refusal(c.KickMember(ANN, "cid", ban=True))

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "ban")
    assert scene.kicks("cid").names == ["ann"]

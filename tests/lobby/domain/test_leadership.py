"""What only the leader does, and how the lead goes from one to another."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.events import LeaderChanged, MemberConnectionChanged, MemberJoined, MemberLeft, SettingsChanged
from lobby.domain.rejections import NOT_FOUND, RejectionCode
from lobby.domain.values import LeaderChangeReason, LeaveReason, Visibility
from tests.domain.scenes import Scene, player

ANN, BOB, CID = player("ann"), player("bob"), player("cid")


def of_the_leader(actor: str) -> list[c.Command]:
    me = player(actor)
    return [
        c.UpdateParty(me),
        c.KickMember(me, "cid"),
        c.KickMember(me, "cid", ban=True),
        c.KickMember(me, actor),
        c.PromoteMember(me, "cid"),
        c.StartSession(me, "session-1"),
        c.CancelStart(me),
        c.DisbandParty(me),
        c.RotateJoinCode(me, "HJKMNP"),
        c.UpdateSession(me, "session-1"),
        c.CompleteSession(me, "session-1"),
    ]


def of_a_member(actor: str) -> list[c.Command]:
    me = player(actor)
    return [
        c.LeaveParty(me),
        c.ClaimLeadership(me),
        c.UpdateMember(me),
        c.SetReady(me, True, 1),
        c.PostMessage(me, "hello"),
        c.JoinSession(me, "session-1"),
        c.LeaveSession(me, "session-1"),
    ]


def kind(command: object) -> str:
    return type(command).__name__


@pytest.mark.parametrize("command", of_the_leader("bob"), ids=kind)
def test_only_the_leader_may(command: c.Command) -> None:
    refusal = Scene("ann", "bob", "cid").refusal(command)

    assert (refusal.code, refusal.retryable) == (RejectionCode.NOT_LEADER, False)


@pytest.mark.parametrize("command", of_the_leader("dee") + of_a_member("dee"), ids=kind)
def test_no_stranger_may(command: c.Command) -> None:
    refusal = Scene("ann", "bob", "cid").refusal(command)

    assert (refusal.code, refusal.retryable) == (RejectionCode.NOT_MEMBER, False)


@pytest.mark.parametrize("command", of_the_leader("dee") + of_a_member("dee"), ids=kind)
def test_to_a_stranger_a_private_party_does_not_exist(command: c.Command) -> None:
    assert Scene("ann", "bob", "cid", visibility=Visibility.PRIVATE).refusal(command) == NOT_FOUND


@pytest.mark.parametrize("command", [c.KickMember(ANN, "ann"), c.PromoteMember(ANN, "ann")], ids=kind)
def test_nobody_kicks_or_promotes_oneself(command: c.Command) -> None:
    refusal = Scene("ann", "bob").refusal(command)

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "player_id")


@pytest.mark.parametrize("command", [c.KickMember(ANN, "dee"), c.PromoteMember(ANN, "dee")], ids=kind)
def test_only_members_are_kicked_or_promoted(command: c.Command) -> None:
    refusal = Scene("ann", "bob").refusal(command)

    assert (refusal.code, refusal.field) == (RejectionCode.NOT_MEMBER, "player_id")


def test_a_new_code_replaces_the_old_one_and_nothing_else() -> None:
    scene = Scene("ann")
    before = scene.party
    scene.does(c.RotateJoinCode(ANN, "HJKMNP"))

    assert scene.events == [SettingsChanged(before.settings, before.attributes, "HJKMNP", ("joinCode",))]
    assert scene.party.join_code == "HJKMNP"


def test_promoting_hands_over_and_raises_the_term() -> None:
    scene = Scene("ann", "bob").promotes("bob")

    assert scene.events == [LeaderChanged(ANN, BOB, LeaderChangeReason.PROMOTED, 2)]
    assert (scene.party.leader_id, scene.party.term) == ("bob", 2)


def test_promoting_leaves_the_order_of_joining_alone() -> None:
    assert Scene("ann", "bob").promotes("bob").names == ["ann", "bob"]


def test_a_disconnected_member_can_be_promoted() -> None:
    assert Scene("ann", "bob").disconnects("bob").promotes("bob").party.leader_id == "bob"


def test_when_the_leader_leaves_the_longest_standing_member_leads() -> None:
    assert Scene("ann", "bob", "cid").leaves("ann").party.leader_id == "bob"


def test_seniority_counts_from_the_latest_joining() -> None:
    assert Scene("ann", "bob", "cid").leaves("bob").joins("bob").leaves("ann").party.leader_id == "cid"


def test_a_connected_member_leads_before_a_longer_standing_one_who_is_not() -> None:
    assert Scene("ann", "bob", "cid").disconnects("bob").leaves("ann").party.leader_id == "cid"


def test_with_nobody_connected_the_longest_standing_member_leads() -> None:
    assert Scene("ann", "bob", "cid").disconnects("bob", "cid").leaves("ann").party.leader_id == "bob"


def test_a_leader_who_times_out_counts_as_having_left() -> None:
    scene = Scene("ann", "bob").running().disconnects("ann").after(120).deadlines()

    assert scene.events[-2:] == [
        MemberLeft(ANN, LeaveReason.TIMED_OUT),
        LeaderChanged(None, BOB, LeaderChangeReason.LEADER_LEFT, 2),
    ]


def test_a_leader_disconnected_for_10_s_in_waiting_loses_the_lead_to_a_connected_member() -> None:
    scene = Scene("ann", "bob", "cid").disconnects("ann", "bob").after(9.999).deadlines()
    assert scene.party.leader_id == "ann"

    scene.after(0.001).deadlines()

    assert scene.events == [LeaderChanged(ANN, CID, LeaderChangeReason.LEADER_DISCONNECTED, 2)]


def test_a_lead_lost_to_a_disconnect_leaves_the_seat_until_its_own_deadline() -> None:
    assert Scene("ann", "bob").disconnects("ann").after(10).deadlines().names == ["ann", "bob"]


def test_a_leader_who_comes_back_within_10_s_keeps_the_lead() -> None:
    assert Scene("ann", "bob").disconnects("ann").after(9).returns("ann").after(60).deadlines().events == []


def test_the_lead_is_not_handed_back_by_itself() -> None:
    scene = Scene("ann", "bob").disconnects("ann").after(10).deadlines().returns("ann").after(10).deadlines()

    assert (scene.party.leader_id, scene.party.term) == ("bob", 2)


def test_nothing_moves_while_nobody_else_is_connected() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(15).disconnects("ann").after(12).deadlines()

    assert scene.events == []
    assert scene.party.leader_id == "ann"


def test_once_somebody_else_is_connected_the_lead_moves_at_once() -> None:
    scene = Scene("ann", "bob").disconnects("ann", "bob").after(20).returns("bob")

    assert scene.events == [
        MemberConnectionChanged("bob", None),
        LeaderChanged(ANN, BOB, LeaderChangeReason.LEADER_DISCONNECTED, 2),
    ]


def test_a_newcomer_leads_at_once_where_the_leader_has_been_gone_too_long() -> None:
    scene = Scene("ann").disconnects("ann").after(20).joins("bob")

    assert scene.events == [
        MemberJoined(BOB, None, late_join=False),
        LeaderChanged(ANN, BOB, LeaderChangeReason.LEADER_DISCONNECTED, 2),
    ]


def test_the_leaders_10_s_do_not_run_while_a_session_does() -> None:
    scene = Scene("ann", "bob").running().disconnects("ann").after(60).deadlines()

    assert scene.party.leader_id == "ann"


def test_a_leader_still_gone_when_the_session_ends_loses_the_lead_then() -> None:
    scene = Scene("ann", "bob").running().disconnects("ann").after(60).completes()

    assert scene.events[-1] == LeaderChanged(ANN, BOB, LeaderChangeReason.LEADER_DISCONNECTED, 2)


def test_every_change_of_leader_raises_the_term_by_one() -> None:
    assert Scene("ann", "bob").promotes("bob").promotes("ann").leaves("ann").party.term == 4

"""The commands of the leader, and how the leadership passes to another member."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.events import LeaderChanged, MemberConnectionChanged, MemberJoined, MemberLeft, SettingsChanged
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.values import LeaderChangeReason, LeaveReason, Visibility
from tests.lobby.domain.scenes import Scene, player

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
def test_commands_of_the_leader_are_rejected_from_members(command: c.Command) -> None:
    rejection = Scene("ann", "bob", "cid").rejection(command)

    assert (rejection.code, rejection.retryable) == (RejectionCode.NOT_LEADER, False)


@pytest.mark.parametrize("command", of_the_leader("dee") + of_a_member("dee"), ids=kind)
def test_commands_of_members_are_rejected_from_strangers(command: c.Command) -> None:
    rejection = Scene("ann", "bob", "cid").rejection(command)

    assert (rejection.code, rejection.retryable) == (RejectionCode.NOT_MEMBER, False)


@pytest.mark.parametrize("command", of_the_leader("dee") + of_a_member("dee"), ids=kind)
def test_a_private_party_is_not_found_by_strangers(command: c.Command) -> None:
    assert Scene("ann", "bob", "cid", visibility=Visibility.PRIVATE).rejection(command) == NOT_FOUND


@pytest.mark.parametrize("command", [c.KickMember(ANN, "ann"), c.PromoteMember(ANN, "ann")], ids=kind)
def test_a_leader_cannot_kick_or_promote_themself(command: c.Command) -> None:
    rejection = Scene("ann", "bob").rejection(command)

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "player_id")


@pytest.mark.parametrize("command", [c.KickMember(ANN, "dee"), c.PromoteMember(ANN, "dee")], ids=kind)
def test_only_members_can_be_kicked_or_promoted(command: c.Command) -> None:
    rejection = Scene("ann", "bob").rejection(command)

    assert (rejection.code, rejection.field) == (RejectionCode.NOT_MEMBER, "player_id")


def test_a_new_join_code_replaces_only_the_old_code() -> None:
    scene = Scene("ann")
    before = scene.party
    scene.does(c.RotateJoinCode(ANN, "HJKMNP"))

    assert scene.events == [SettingsChanged(before.settings, before.attributes, "HJKMNP", ("joinCode",))]
    assert scene.party.join_code == "HJKMNP"


def test_a_promotion_changes_the_leader_and_raises_the_term() -> None:
    scene = Scene("ann", "bob").promotes("bob")

    assert scene.events == [LeaderChanged(ANN, BOB, LeaderChangeReason.PROMOTED, 2)]
    assert (scene.party.leader_id, scene.party.term) == ("bob", 2)


def test_a_promotion_keeps_the_order_of_joining() -> None:
    assert Scene("ann", "bob").promotes("bob").names == ["ann", "bob"]


def test_a_disconnected_member_can_be_promoted() -> None:
    assert Scene("ann", "bob").disconnects("bob").promotes("bob").party.leader_id == "bob"


def test_a_member_disconnected_beyond_the_leader_grace_cannot_be_promoted() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(10)
    rejection = scene.rejection(c.PromoteMember(ANN, "bob"))

    assert (rejection.code, rejection.field, rejection.retryable) == (RejectionCode.NOT_READY, "player_id", True)
    assert scene.returns("bob").promotes("bob").party.leader_id == "bob"


def test_the_leader_grace_bounds_promotions_during_a_session_too() -> None:
    scene = Scene("ann", "bob").running().disconnects("bob").after(10)

    assert scene.rejection(c.PromoteMember(ANN, "bob")).code is RejectionCode.NOT_READY


def test_the_member_who_joined_first_succeeds_the_leader() -> None:
    assert Scene("ann", "bob", "cid").leaves("ann").party.leader_id == "bob"


def test_the_order_of_succession_counts_from_the_latest_joining() -> None:
    assert Scene("ann", "bob", "cid").leaves("bob").joins("bob").leaves("ann").party.leader_id == "cid"


def test_a_connected_member_succeeds_before_a_disconnected_one() -> None:
    assert Scene("ann", "bob", "cid").disconnects("bob").leaves("ann").party.leader_id == "cid"


def test_with_nobody_connected_the_first_to_join_succeeds() -> None:
    assert Scene("ann", "bob", "cid").disconnects("bob", "cid").leaves("ann").party.leader_id == "bob"


def test_a_leader_who_times_out_counts_as_having_left() -> None:
    scene = Scene("ann", "bob").running().disconnects("ann").after(120).deadlines()

    assert scene.events[-2:] == [
        MemberLeft(ANN, LeaveReason.TIMED_OUT),
        LeaderChanged(None, BOB, LeaderChangeReason.LEADER_LEFT, 2),
    ]


def test_a_leader_disconnected_for_10_s_loses_the_leadership() -> None:
    scene = Scene("ann", "bob", "cid").disconnects("ann", "bob").after(9.999).deadlines()
    assert scene.party.leader_id == "ann"

    scene.after(0.001).deadlines()

    assert scene.events == [LeaderChanged(ANN, CID, LeaderChangeReason.LEADER_DISCONNECTED, 2)]


def test_a_replaced_leader_keeps_the_seat_until_the_grace_ends() -> None:
    assert Scene("ann", "bob").disconnects("ann").after(10).deadlines().names == ["ann", "bob"]


def test_a_leader_who_returns_within_10_s_keeps_the_leadership() -> None:
    assert Scene("ann", "bob").disconnects("ann").after(9).returns("ann").after(60).deadlines().events == []


def test_a_former_leader_who_returns_does_not_lead_again() -> None:
    scene = Scene("ann", "bob").disconnects("ann").after(10).deadlines().returns("ann").after(10).deadlines()

    assert (scene.party.leader_id, scene.party.term) == ("bob", 2)


def test_the_leadership_stays_while_nobody_else_is_connected() -> None:
    scene = Scene("ann", "bob").disconnects("bob").after(15).disconnects("ann").after(12).deadlines()

    assert scene.events == []
    assert scene.party.leader_id == "ann"


def test_the_first_member_to_return_leads_at_once() -> None:
    scene = Scene("ann", "bob").disconnects("ann", "bob").after(20).returns("bob")

    assert scene.events == [
        MemberConnectionChanged("bob", None),
        LeaderChanged(ANN, BOB, LeaderChangeReason.LEADER_DISCONNECTED, 2),
    ]


def test_a_newcomer_leads_at_once_after_the_leaders_grace() -> None:
    scene = Scene("ann").disconnects("ann").after(20).joins("bob")

    assert scene.events == [
        MemberJoined(BOB, None, late_join=False),
        LeaderChanged(ANN, BOB, LeaderChangeReason.LEADER_DISCONNECTED, 2),
    ]


def test_a_disconnected_leader_keeps_the_leadership_in_a_session() -> None:
    scene = Scene("ann", "bob").running().disconnects("ann").after(60).deadlines()

    assert scene.party.leader_id == "ann"


def test_a_leader_still_disconnected_loses_it_when_the_session_ends() -> None:
    scene = Scene("ann", "bob").running().disconnects("ann").after(60).completes()

    assert scene.events[-1] == LeaderChanged(ANN, BOB, LeaderChangeReason.LEADER_DISCONNECTED, 2)


def test_every_change_of_leader_raises_the_term_by_one() -> None:
    assert Scene("ann", "bob").promotes("bob").promotes("ann").leaves("ann").party.term == 4


# Claiming the leadership from a leader who does nothing while all others are ready.

CLAIM = c.ClaimLeadership(BOB)


def claim_wait_ms(scene: Scene) -> int | None:
    """How long bob must wait before a claim; the test fails if the claim is accepted."""
    rejection: Rejection = scene.rejection(CLAIM)
    assert (rejection.code, rejection.retryable) == (RejectionCode.NOT_READY, True)
    return rejection.retry_after_ms


def test_a_member_may_claim_after_60_s_of_all_ready_and_an_idle_leader() -> None:
    scene = Scene("ann", "bob", "cid").ready("bob", "cid").after(60).does(c.ClaimLeadership(CID))

    assert scene.events == [LeaderChanged(ANN, CID, LeaderChangeReason.LEADER_IDLE, 2)]


def test_an_early_claim_is_rejected_with_the_time_to_wait() -> None:
    assert claim_wait_ms(Scene("ann", "bob").ready("bob").after(59.999)) == 1


def test_the_60_s_begin_when_the_last_member_gets_ready() -> None:
    assert claim_wait_ms(Scene("ann", "bob", "cid").ready("bob").after(50).ready("cid").after(50)) == 10_000


def test_while_a_member_is_unready_the_rejection_has_no_time_to_wait() -> None:
    assert claim_wait_ms(Scene("ann", "bob", "cid").ready("bob").after(3600)) is None


def test_a_disconnected_unready_member_prevents_the_claim() -> None:
    assert claim_wait_ms(Scene("ann", "bob", "cid").ready("bob").after(50).disconnects("cid").after(20)) is None


def test_a_disconnected_ready_member_counts_as_ready() -> None:
    scene = Scene("ann", "bob", "cid").ready("bob", "cid").after(50).disconnects("cid").after(10).does(CLAIM)

    assert scene.party.leader_id == "bob"


def test_a_claim_by_a_lone_leader_changes_nothing() -> None:
    scene = Scene("ann").after(3600)

    assert scene.does(c.ClaimLeadership(ANN)).events == []


def test_a_claim_by_the_leader_changes_nothing() -> None:
    assert Scene("ann", "bob").does(c.ClaimLeadership(ANN)).events == []


def test_a_command_of_the_leader_restarts_the_60_s() -> None:
    assert claim_wait_ms(Scene("ann", "bob").ready("bob").after(50).says("ann", "wait for dee").after(50)) == 10_000


def test_a_reconnect_of_the_leader_does_not_restart_the_60_s() -> None:
    scene = Scene("ann", "bob").ready("bob").after(50).disconnects("ann").returns("ann").after(10)

    assert scene.does(CLAIM).party.leader_id == "bob"


def test_a_command_of_another_member_does_not_restart_the_60_s() -> None:
    scene = Scene("ann", "bob").ready("bob").after(50).says("bob", "hello?").after(10)

    assert scene.does(CLAIM).party.leader_id == "bob"


def test_taking_ready_back_and_giving_it_again_restarts_the_60_s() -> None:
    scene = Scene("ann", "bob").ready("bob").after(50).ready("bob", ready=False).ready("bob").after(50)

    assert claim_wait_ms(scene) == 10_000


def test_an_unready_newcomer_stops_the_60_s() -> None:
    assert claim_wait_ms(Scene("ann", "bob").ready("bob").after(50).joins("cid").after(50)) is None


def test_a_change_that_affects_play_stops_the_60_s() -> None:
    assert claim_wait_ms(Scene("ann", "bob").ready("bob").after(50).sets(difficulty="Hard").after(50)) is None


def test_a_promoted_leader_has_60_s() -> None:
    scene = Scene("ann", "bob", "cid").ready("ann", "bob", "cid").after(59).promotes("cid").after(59)

    assert claim_wait_ms(scene) == 1000


def test_leadership_cannot_be_claimed_while_a_session_runs() -> None:
    assert claim_wait_ms(Scene("ann", "bob").ready("bob").running().after(60)) is None


def test_a_cancelled_countdown_restarts_the_60_s() -> None:
    scene = Scene("ann", "bob").ready("bob").after(50).starts().after(1).cancels().after(59)

    assert claim_wait_ms(scene) == 1000


def test_a_leader_by_claim_has_60_s() -> None:
    scene = Scene("ann", "bob", "cid").ready("ann", "bob", "cid").after(60).does(c.ClaimLeadership(CID)).after(59)

    assert claim_wait_ms(scene) == 1000


def test_a_leader_by_succession_has_60_s() -> None:
    scene = Scene("ann", "cid", "bob").ready("cid", "bob").after(59).leaves("ann").after(59)

    assert claim_wait_ms(scene) == 1000

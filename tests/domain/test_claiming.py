"""Claiming the lead from a leader who does nothing while everyone waits."""

from __future__ import annotations

from lobby.domain import commands as c
from lobby.domain.events import LeaderChanged
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import LeaderChangeReason
from tests.domain.scenes import Scene, player

ANN, BOB, CID = player("ann"), player("bob"), player("cid")
CLAIM = c.ClaimLeadership(BOB)


def waited(scene: Scene) -> int | None:
    """How long bob is told to wait; the scene fails if the claim is not refused for a while only."""
    refusal: Rejection = scene.refusal(CLAIM)
    assert (refusal.code, refusal.retryable) == (RejectionCode.NOT_READY, True)
    return refusal.retry_after_ms


def test_after_60_s_of_everyone_ready_and_no_act_of_the_leader_any_member_may_claim() -> None:
    scene = Scene("ann", "bob", "cid").ready("bob", "cid").after(60).does(c.ClaimLeadership(CID))

    assert scene.events == [LeaderChanged(ANN, CID, LeaderChangeReason.LEADER_IDLE, 2)]


def test_before_that_the_claim_says_how_long_to_wait() -> None:
    assert waited(Scene("ann", "bob").ready("bob").after(59.999)) == 1


def test_the_60_s_begin_when_the_last_one_got_ready() -> None:
    assert waited(Scene("ann", "bob", "cid").ready("bob").after(50).ready("cid").after(50)) == 10_000


def test_while_somebody_is_not_ready_nobody_can_say_how_long() -> None:
    assert waited(Scene("ann", "bob", "cid").ready("bob").after(3600)) is None


def test_a_disconnected_member_who_is_not_ready_counts_among_the_others() -> None:
    assert waited(Scene("ann", "bob", "cid").ready("bob").after(50).disconnects("cid").after(20)) is None


def test_a_disconnected_member_who_is_ready_counts_as_ready() -> None:
    scene = Scene("ann", "bob", "cid").ready("bob", "cid").after(50).disconnects("cid").after(10).does(CLAIM)

    assert scene.party.leader_id == "bob"


def test_the_leader_alone_has_nobody_to_claim() -> None:
    scene = Scene("ann").after(3600)

    assert scene.does(c.ClaimLeadership(ANN)).events == []


def test_the_leader_who_claims_leads_already() -> None:
    assert Scene("ann", "bob").does(c.ClaimLeadership(ANN)).events == []


def test_an_act_of_the_leader_begins_the_60_s_anew() -> None:
    assert waited(Scene("ann", "bob").ready("bob").after(50).says("ann", "wait for dee").after(50)) == 10_000


def test_a_reconnect_is_no_act_of_the_leader() -> None:
    scene = Scene("ann", "bob").ready("bob").after(50).disconnects("ann").returns("ann").after(10)

    assert scene.does(CLAIM).party.leader_id == "bob"


def test_an_act_of_another_member_changes_nothing() -> None:
    scene = Scene("ann", "bob").ready("bob").after(50).says("bob", "hello?").after(10)

    assert scene.does(CLAIM).party.leader_id == "bob"


def test_one_who_takes_ready_back_and_gets_ready_again_begins_the_60_s_anew() -> None:
    scene = Scene("ann", "bob").ready("bob").after(50).ready("bob", ready=False).ready("bob").after(50)

    assert waited(scene) == 10_000


def test_a_newcomer_who_is_not_ready_ends_the_wait() -> None:
    assert waited(Scene("ann", "bob").ready("bob").after(50).joins("cid").after(50)) is None


def test_a_change_that_affects_play_ends_the_wait() -> None:
    assert waited(Scene("ann", "bob").ready("bob").after(50).sets(difficulty="Hard").after(50)) is None


def test_a_new_leader_has_60_s_too() -> None:
    scene = Scene("ann", "bob", "cid").ready("ann", "bob", "cid").after(59).promotes("cid").after(59)

    assert waited(scene) == 1000


def test_the_lead_can_not_be_claimed_while_a_session_runs() -> None:
    assert waited(Scene("ann", "bob").ready("bob").running().after(60)) is None


def test_the_wait_begins_anew_after_a_countdown_that_was_cancelled() -> None:
    scene = Scene("ann", "bob").ready("bob").after(50).starts().after(1).cancels().after(59)

    assert waited(scene) == 1000


def test_whoever_claimed_the_lead_has_60_s_too() -> None:
    scene = Scene("ann", "bob", "cid").ready("ann", "bob", "cid").after(60).does(c.ClaimLeadership(CID)).after(59)

    assert waited(scene) == 1000


def test_whoever_the_lead_has_fallen_to_has_60_s_too() -> None:
    scene = Scene("ann", "cid", "bob").ready("cid", "bob").after(59).leaves("ann").after(59)

    assert waited(scene) == 1000

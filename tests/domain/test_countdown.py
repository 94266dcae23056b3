"""The countdown: what cancels it and what does not, and what remains when it is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.events import CountdownCancelled, CountdownStarted, LeaderChanged, MemberLeft
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import (
    CancelReason,
    GameType,
    LeaderChangeReason,
    LeaveReason,
    PartyState,
)
from tests.domain.scenes import Scene, player

ANN, BOB = player("ann"), player("bob")
Act = Callable[[Scene], Scene]


def counting(**settings: Any) -> Scene:
    return Scene("ann", "bob", "cid", **settings).ready("bob", "cid").starts()


def forced(**settings: Any) -> Scene:
    return Scene("ann", "bob", "cid", **settings).ready("bob", "cid").starts(force=True)


BREAKS: list[tuple[str, CancelReason, Act]] = [
    ("leave", CancelReason.MEMBER_LEFT, lambda scene: scene.leaves("bob")),
    ("leader leaves", CancelReason.MEMBER_LEFT, lambda scene: scene.leaves("ann")),
    ("kick", CancelReason.MEMBER_LEFT, lambda scene: scene.kicks("bob")),
    ("ban", CancelReason.MEMBER_LEFT, lambda scene: scene.kicks("bob", ban=True)),
    ("un-ready", CancelReason.MEMBER_UNREADY, lambda scene: scene.ready("bob", ready=False)),
    ("class change", CancelReason.MEMBER_UNREADY, lambda scene: scene.chooses("bob", "Mage")),
    ("leader's class change", CancelReason.MEMBER_UNREADY, lambda scene: scene.chooses("ann", "Mage")),
    ("disconnect", CancelReason.MEMBER_DISCONNECTED, lambda scene: scene.disconnects("bob")),
    ("leader disconnects", CancelReason.MEMBER_DISCONNECTED, lambda scene: scene.disconnects("ann")),
]
HARMLESS: list[tuple[str, Act]] = [
    ("message", lambda scene: scene.says("bob", "go")),
    ("attributes", lambda scene: scene.does(c.UpdateMember(BOB, attributes=(("hat", "red"),)))),
    ("the class one has", lambda scene: scene.chooses("bob", "")),
    ("ready again", lambda scene: scene.ready("bob")),
    ("leader ready", lambda scene: scene.ready("ann")),
    ("promote", lambda scene: scene.promotes("bob")),
    ("new code", lambda scene: scene.does(c.RotateJoinCode(ANN, "HJKMNP"))),
    ("start again", lambda scene: scene.does(c.StartSession(ANN, "another"))),
]


@pytest.mark.parametrize(("reason", "act"), [pytest.param(*rest, id=name) for name, *rest in BREAKS])
def test_the_countdown_is_cancelled_with_its_reason(reason: CancelReason, act: Act) -> None:
    scene = act(counting())

    assert CountdownCancelled(reason) in scene.events
    assert scene.party.state is PartyState.WAITING


@pytest.mark.parametrize("act", [pytest.param(act, id=name) for name, _, act in BREAKS])
def test_a_forced_countdown_goes_on(act: Act) -> None:
    scene = act(forced())

    assert (scene.party.state, scene.party.forced) == (PartyState.STARTING, True)


@pytest.mark.parametrize("act", [pytest.param(act, id=name) for name, act in HARMLESS])
def test_the_countdown_goes_on(act: Act) -> None:
    scene = counting()
    starts_at = scene.party.starts_at

    assert (act(scene).party.state, scene.party.starts_at) == (PartyState.STARTING, starts_at)


def test_the_leader_cancels() -> None:
    assert counting().cancels().events == [CountdownCancelled(CancelReason.LEADER_CANCELLED)]


def test_the_leader_cancels_a_forced_countdown_too() -> None:
    assert forced().cancels().events == [CountdownCancelled(CancelReason.LEADER_CANCELLED)]


def test_a_forced_countdown_ends_below_the_minimum() -> None:
    scene = forced(game_type=GameType.PVP).leaves("cid")
    assert scene.party.state is PartyState.STARTING

    scene.leaves("bob")

    assert scene.events == [
        MemberLeft(BOB, LeaveReason.LEFT),
        CountdownCancelled(CancelReason.BELOW_MINIMUM),
    ]


def test_the_lead_passes_on_before_the_countdown_is_cancelled() -> None:
    assert counting().leaves("ann").events == [
        MemberLeft(ANN, LeaveReason.LEFT),
        LeaderChanged(None, BOB, LeaderChangeReason.LEADER_LEFT, 2),
        CountdownCancelled(CancelReason.MEMBER_LEFT),
    ]


def test_a_member_who_times_out_of_a_forced_countdown_leaves_the_session_to_the_others() -> None:
    scene = Scene("ann", "bob", countdown_s=30).starts(force=True).disconnects("bob").after(10).deadlines()

    assert scene.events == [MemberLeft(BOB, LeaveReason.TIMED_OUT)]
    assert scene.session.players == (ANN,)


def test_cancelling_drops_the_session_and_keeps_ready() -> None:
    scene = counting().cancels()

    assert (scene.party.shown_session, scene.party.starts_at) == (None, None)
    assert [scene.is_ready("bob"), scene.is_ready("cid")] == [True, True]


def test_after_a_cancelled_countdown_the_session_shown_is_the_last_one_that_ended() -> None:
    scene = Scene("ann").running().completes().starts()
    assert scene.session.id == "session-2"

    assert scene.cancels().session.id == "session-1"


def test_a_new_start_after_a_cancelled_one_has_its_own_session_and_time() -> None:
    scene = counting().after(2).cancels().after(2).starts()

    assert scene.events == [CountdownStarted("session-2", scene.at + 5000, forced=False)]


@pytest.mark.parametrize("state", [PartyState.WAITING, PartyState.IN_PROGRESS])
def test_where_nothing_is_being_started_nothing_is_cancelled(state: PartyState) -> None:
    scene = Scene("ann") if state is PartyState.WAITING else Scene("ann").running()
    refusal = scene.refusal(c.CancelStart(ANN))

    assert (refusal.code, refusal.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, False)


def test_settings_stay_as_they_are_while_counting_down() -> None:
    refusal = counting().after(2).refusal(c.UpdateParty(ANN, c.SettingsPatch(name="New")))

    assert (refusal.code, refusal.retryable, refusal.retry_after_ms) == (RejectionCode.PARTY_STARTING, True, 3000)


@pytest.mark.parametrize(
    "command",
    [c.JoinSession(BOB, "session-1"), c.LeaveSession(BOB, "session-1"), c.UpdateSession(ANN, "session-1", floor=2)],
    ids=lambda command: type(command).__name__,
)
def test_the_session_is_not_active_before_it_begins(command: c.Command) -> None:
    refusal = counting().refusal(command)

    assert (refusal.code, refusal.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, True)


def test_nothing_is_given_up_while_the_endpoint_may_still_come() -> None:
    assert counting().after(5 + 29.999).deadlines().events == []


def test_without_an_endpoint_for_30_s_the_start_is_given_up() -> None:
    scene = counting().after(5 + 30).deadlines()

    assert scene.events == [CountdownCancelled(CancelReason.ALLOCATION_FAILED)]
    assert (scene.party.state, scene.is_ready("bob")) == (PartyState.WAITING, True)


def test_a_forced_start_without_an_endpoint_is_given_up_too() -> None:
    assert forced().after(35).deadlines().events == [CountdownCancelled(CancelReason.ALLOCATION_FAILED)]


def test_while_allocating_a_member_who_goes_still_cancels() -> None:
    assert CountdownCancelled(CancelReason.MEMBER_LEFT) in counting().after(10).leaves("bob").events

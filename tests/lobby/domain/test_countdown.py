"""The countdown: who may start it, what it creates, and what cancels it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.events import CountdownCancelled, CountdownStarted, LeaderChanged, MemberLeft
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import (
    CancelReason,
    GameType,
    LeaderChangeReason,
    LeaveReason,
    PartyState,
    SessionStatus,
)
from tests.lobby.domain.scenes import Scene, player

ANN, BOB = player("ann"), player("bob")
Act = Callable[[Scene], Scene]


def start_countdown(**settings: Any) -> Scene:
    return Scene("ann", "bob", "cid", **settings).ready("bob", "cid").starts()


def force_countdown(**settings: Any) -> Scene:
    return Scene("ann", "bob", "cid", **settings).ready("bob", "cid").starts(force=True)


CANCELLING: list[tuple[str, CancelReason, Act]] = [
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
    ("the same class", lambda scene: scene.chooses("bob", "")),
    ("ready again", lambda scene: scene.ready("bob")),
    ("leader ready", lambda scene: scene.ready("ann")),
    ("promote", lambda scene: scene.promotes("bob")),
    ("new code", lambda scene: scene.does(c.RotateJoinCode(ANN, "HJKMNP"))),
    ("start again", lambda scene: scene.does(c.StartSession(ANN, "another"))),
]


@pytest.mark.parametrize(("reason", "act"), [pytest.param(*rest, id=name) for name, *rest in CANCELLING])
def test_each_cause_cancels_the_countdown_with_its_reason(reason: CancelReason, act: Act) -> None:
    scene = act(start_countdown())

    assert CountdownCancelled(reason) in scene.events
    assert scene.party.state is PartyState.WAITING


@pytest.mark.parametrize("act", [pytest.param(act, id=name) for name, _, act in CANCELLING])
def test_the_same_causes_do_not_cancel_a_forced_countdown(act: Act) -> None:
    scene = act(force_countdown())

    assert (scene.party.state, scene.party.forced) == (PartyState.STARTING, True)


@pytest.mark.parametrize("act", [pytest.param(act, id=name) for name, act in HARMLESS])
def test_a_harmless_command_does_not_cancel_the_countdown(act: Act) -> None:
    scene = start_countdown()
    starts_at = scene.party.starts_at

    assert (act(scene).party.state, scene.party.starts_at) == (PartyState.STARTING, starts_at)


def test_the_leader_can_cancel_the_countdown() -> None:
    assert start_countdown().cancels().events == [CountdownCancelled(CancelReason.LEADER_CANCELLED)]


def test_the_leader_can_cancel_a_forced_countdown() -> None:
    assert force_countdown().cancels().events == [CountdownCancelled(CancelReason.LEADER_CANCELLED)]


def test_too_few_members_cancel_a_forced_countdown() -> None:
    scene = force_countdown(game_type=GameType.PVP).leaves("cid")
    assert scene.party.state is PartyState.STARTING

    scene.leaves("bob")

    assert scene.events == [
        MemberLeft(BOB, LeaveReason.LEFT),
        CountdownCancelled(CancelReason.BELOW_MINIMUM),
    ]


def test_the_successor_leads_before_the_countdown_is_cancelled() -> None:
    assert start_countdown().leaves("ann").events == [
        MemberLeft(ANN, LeaveReason.LEFT),
        LeaderChanged(None, BOB, LeaderChangeReason.LEADER_LEFT, 2),
        CountdownCancelled(CancelReason.MEMBER_LEFT),
    ]


def test_a_forced_countdown_continues_after_a_member_times_out() -> None:
    scene = Scene("ann", "bob", countdown_s=30).starts(force=True).disconnects("bob").after(10).deadlines()

    assert scene.events == [MemberLeft(BOB, LeaveReason.TIMED_OUT)]
    assert scene.session.players == (ANN,)


def test_a_cancelled_countdown_drops_the_session_and_keeps_ready() -> None:
    scene = start_countdown().cancels()

    assert (scene.party.latest_session, scene.party.starts_at) == (None, None)
    assert [scene.is_ready("bob"), scene.is_ready("cid")] == [True, True]


def test_after_a_cancelled_countdown_the_latest_session_is_the_last_ended() -> None:
    scene = Scene("ann").running().completes().starts()
    assert scene.session.id == "session-2"

    assert scene.cancels().session.id == "session-1"


def test_a_start_after_a_cancelled_one_has_a_new_session_and_time() -> None:
    scene = start_countdown().after(2).cancels().after(2).starts()

    assert scene.events == [CountdownStarted("session-2", scene.at + 5000, forced=False)]


@pytest.mark.parametrize("state", [PartyState.WAITING, PartyState.IN_PROGRESS])
def test_a_cancel_without_a_countdown_is_rejected(state: PartyState) -> None:
    scene = Scene("ann") if state is PartyState.WAITING else Scene("ann").running()
    rejection = scene.rejection(c.CancelStart(ANN))

    assert (rejection.code, rejection.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, False)


def test_settings_cannot_change_during_a_countdown() -> None:
    rejection = start_countdown().after(2).rejection(c.UpdateParty(ANN, SettingsPatch(name="New")))

    assert (rejection.code, rejection.retryable, rejection.retry_after_ms) == (RejectionCode.PARTY_STARTING, True, 3000)


@pytest.mark.parametrize(
    "command",
    [c.JoinSession(BOB, "session-1"), c.LeaveSession(BOB, "session-1"), c.UpdateSession(ANN, "session-1", floor=2)],
    ids=lambda command: type(command).__name__,
)
def test_the_session_is_not_active_before_it_begins(command: c.Command) -> None:
    rejection = start_countdown().rejection(command)

    assert (rejection.code, rejection.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, True)


def test_the_countdown_waits_for_the_endpoint() -> None:
    assert start_countdown().after(5 + 29.999).deadlines().events == []


def test_30_s_without_an_endpoint_cancel_the_countdown() -> None:
    scene = start_countdown().after(5 + 30).deadlines()

    assert scene.events == [CountdownCancelled(CancelReason.ALLOCATION_FAILED)]
    assert (scene.party.state, scene.is_ready("bob")) == (PartyState.WAITING, True)


def test_30_s_without_an_endpoint_cancel_a_forced_countdown() -> None:
    assert force_countdown().after(35).deadlines().events == [CountdownCancelled(CancelReason.ALLOCATION_FAILED)]


def test_a_member_who_leaves_during_allocation_cancels_the_countdown() -> None:
    assert CountdownCancelled(CancelReason.MEMBER_LEFT) in start_countdown().after(10).leaves("bob").events


# The start of a countdown.

START = c.StartSession(ANN, "session-1")
FORCE = c.StartSession(ANN, "session-1", force=True)


def test_a_leader_without_other_members_may_start() -> None:
    scene = Scene("ann").starts()

    assert scene.events == [CountdownStarted("session-1", scene.at + 5000, forced=False)]
    assert (scene.party.state, scene.party.starts_at) == (PartyState.STARTING, scene.at + 5000)


def test_the_leader_is_ready_by_starting() -> None:
    assert Scene("ann", "bob").ready("bob").starts().party.state is PartyState.STARTING


def test_a_start_creates_a_waiting_session_of_all_members() -> None:
    scene = Scene("ann", "bob", difficulty="Hard").ready("bob").starts()
    session = scene.session

    assert (session.id, session.party_id, session.status) == ("session-1", "party", SessionStatus.WAITING)
    assert session.players == (ANN, BOB)
    assert (session.game_type, session.difficulty, session.floor) == (GameType.COOP, "Hard", 1)
    assert (session.created_at, session.started_at, session.ended_at) == (scene.at, None, None)


@pytest.mark.parametrize("countdown_s", [0, 30])
def test_the_countdown_takes_as_long_as_the_settings_say(countdown_s: int) -> None:
    scene = Scene("ann", countdown_s=countdown_s).starts()

    assert scene.party.starts_at == scene.at + countdown_s * 1000


def test_an_unready_member_blocks_the_start() -> None:
    scene = Scene("ann", "bob", "cid").ready("bob")
    rejection = scene.rejection(START)

    assert (rejection.code, rejection.retryable, rejection.current) == (RejectionCode.NOT_READY, True, scene.party)


def test_a_disconnected_ready_member_blocks_the_start() -> None:
    assert Scene("ann", "bob").ready("bob").disconnects("bob").rejection(START).code is RejectionCode.NOT_READY


def test_a_disconnected_leader_blocks_the_start() -> None:
    assert Scene("ann", "bob").ready("ann", "bob").disconnects("ann").rejection(START).code is RejectionCode.NOT_READY


def test_ready_for_older_settings_does_not_count() -> None:
    scene = Scene("ann", "bob").ready("bob").sets(difficulty="Hard")

    assert scene.rejection(START).code is RejectionCode.NOT_READY


def test_a_forced_start_ignores_unready_and_disconnected_members() -> None:
    scene = Scene("ann", "bob", "cid").disconnects("cid").does(FORCE)

    assert scene.events == [CountdownStarted("session-1", scene.at + 5000, forced=True)]
    assert scene.session.players == (ANN, BOB, player("cid"))


def test_force_is_ignored_if_the_party_does_not_allow_it() -> None:
    scene = Scene("ann", "bob", allow_force_start=False)

    assert scene.rejection(FORCE).code is RejectionCode.NOT_READY
    assert not scene.ready("bob").does(FORCE).party.forced


@pytest.mark.parametrize("command", [START, FORCE], ids=["start", "force"])
def test_pvp_needs_two_members(command: c.Command) -> None:
    rejection = Scene("ann", game_type=GameType.PVP).rejection(command)

    assert (rejection.code, rejection.retryable) == (RejectionCode.TOO_FEW_MEMBERS, True)


def test_pvp_starts_with_two_members() -> None:
    assert Scene("ann", "bob", game_type=GameType.PVP).ready("bob").starts().party.state is PartyState.STARTING


def test_too_few_members_is_checked_before_ready() -> None:
    scene = Scene("ann", game_type=GameType.PVP).disconnects("ann")

    assert scene.rejection(START).code is RejectionCode.TOO_FEW_MEMBERS


def start_again(scene: Scene) -> Party:
    assert scene.does(c.StartSession(ANN, "another", force=True)).events == []
    return scene.party


def test_a_second_start_during_the_countdown_changes_nothing() -> None:
    party = start_again(Scene("ann").starts())

    assert party.session is not None
    assert party.session.id == "session-1"


def test_a_start_while_a_session_runs_changes_nothing() -> None:
    party = start_again(Scene("ann").running())

    assert party.session is not None
    assert party.session.id == "session-1"


def test_a_second_start_by_another_member_is_rejected() -> None:
    assert Scene("ann", "bob").running().rejection(c.StartSession(BOB, "another")).code is RejectionCode.NOT_LEADER


def test_a_party_can_start_again_after_a_session() -> None:
    scene = Scene("ann").running().completes().running()

    assert (scene.session.id, scene.party.state) == ("session-2", PartyState.IN_PROGRESS)


def test_the_ban_of_a_former_member_does_not_cancel_the_countdown() -> None:
    scene = Scene("ann", "bob").leaves("bob").starts()

    assert scene.kicks("bob", ban=True).party.state is PartyState.STARTING

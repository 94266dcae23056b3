"""Whether a party may start, and what a start makes."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.events import CountdownStarted
from lobby.domain.model import Party
from lobby.domain.rejections import RejectionCode
from lobby.domain.values import GameType, PartyState, SessionStatus
from tests.domain.scenes import Scene, player

ANN, BOB = player("ann"), player("bob")
START = c.StartSession(ANN, "session-1")
FORCE = c.StartSession(ANN, "session-1", force=True)


def test_a_leader_alone_may_start() -> None:
    scene = Scene("ann").starts()

    assert scene.events == [CountdownStarted("session-1", scene.at + 5000, forced=False)]
    assert (scene.party.state, scene.party.starts_at) == (PartyState.STARTING, scene.at + 5000)


def test_the_leader_is_ready_by_starting() -> None:
    assert Scene("ann", "bob").ready("bob").starts().party.state is PartyState.STARTING


def test_a_start_creates_one_waiting_session_whose_players_are_the_members() -> None:
    scene = Scene("ann", "bob", difficulty="Hard").ready("bob").starts()
    session = scene.session

    assert (session.id, session.party_id, session.status) == ("session-1", "party", SessionStatus.WAITING)
    assert session.players == (ANN, BOB)
    assert (session.game_type, session.difficulty, session.floor) == (GameType.COOP, "Hard", 1)
    assert (session.created_at, session.started_at, session.ended_at) == (scene.at, None, None)


@pytest.mark.parametrize("countdown_s", [0, 30])
def test_the_countdown_is_the_partys(countdown_s: int) -> None:
    scene = Scene("ann", countdown_s=countdown_s).starts()

    assert scene.party.starts_at == scene.at + countdown_s * 1000


def test_a_member_who_is_not_ready_blocks() -> None:
    scene = Scene("ann", "bob", "cid").ready("bob")
    refusal = scene.refusal(START)

    assert (refusal.code, refusal.retryable, refusal.current) == (RejectionCode.NOT_READY, True, scene.party)


def test_a_disconnected_member_blocks_even_when_ready() -> None:
    assert Scene("ann", "bob").ready("bob").disconnects("bob").refusal(START).code is RejectionCode.NOT_READY


def test_a_disconnected_leader_blocks() -> None:
    assert Scene("ann", "bob").ready("ann", "bob").disconnects("ann").refusal(START).code is RejectionCode.NOT_READY


def test_ready_for_settings_that_have_changed_since_does_not_count() -> None:
    scene = Scene("ann", "bob").ready("bob").sets(difficulty="Hard")

    assert scene.refusal(START).code is RejectionCode.NOT_READY


def test_force_passes_over_those_who_are_not_ready_or_disconnected() -> None:
    scene = Scene("ann", "bob", "cid").disconnects("cid").does(FORCE)

    assert scene.events == [CountdownStarted("session-1", scene.at + 5000, forced=True)]
    assert scene.session.players == (ANN, BOB, player("cid"))


def test_force_is_ignored_where_the_party_does_not_allow_it() -> None:
    scene = Scene("ann", "bob", allow_force_start=False)

    assert scene.refusal(FORCE).code is RejectionCode.NOT_READY
    assert not scene.ready("bob").does(FORCE).party.forced


@pytest.mark.parametrize("command", [START, FORCE], ids=["start", "force"])
def test_pvp_needs_two(command: c.Command) -> None:
    refusal = Scene("ann", game_type=GameType.PVP).refusal(command)

    assert (refusal.code, refusal.retryable) == (RejectionCode.TOO_FEW_MEMBERS, True)


def test_pvp_starts_with_two() -> None:
    assert Scene("ann", "bob", game_type=GameType.PVP).ready("bob").starts().party.state is PartyState.STARTING


def test_too_few_members_is_said_before_not_ready() -> None:
    scene = Scene("ann", game_type=GameType.PVP).disconnects("ann")

    assert scene.refusal(START).code is RejectionCode.TOO_FEW_MEMBERS


def restarted(scene: Scene) -> Party:
    assert scene.does(c.StartSession(ANN, "another", force=True)).events == []
    return scene.party


def test_while_one_is_starting_a_second_start_answers_that_one() -> None:
    party = restarted(Scene("ann").starts())

    assert party.session is not None
    assert party.session.id == "session-1"


def test_while_one_is_running_a_second_start_answers_that_one() -> None:
    party = restarted(Scene("ann").running())

    assert party.session is not None
    assert party.session.id == "session-1"


def test_a_second_start_by_another_member_is_still_the_leaders_to_ask() -> None:
    assert Scene("ann", "bob").running().refusal(c.StartSession(BOB, "another")).code is RejectionCode.NOT_LEADER


def test_after_a_session_the_party_plays_again() -> None:
    scene = Scene("ann").running().completes().running()

    assert (scene.session.id, scene.party.state) == ("session-2", PartyState.IN_PROGRESS)

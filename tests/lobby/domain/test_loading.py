"""Everybody in before it begins: the seed, whose game has loaded, and when play begins."""

from __future__ import annotations

import pytest

from lobby.domain import commands as c
from lobby.domain.events import SessionGo, SessionUpdated
from lobby.domain.model import Endpoint
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import RejectionCode
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.values import SessionStatus
from tests.lobby.domain.scenes import Scene, player

ANN, BOB, CID = player("ann"), player("bob"), player("cid")
ENDPOINT = Endpoint("udp", "play.example", 7777)
SEED = 2**63 - 1


def loading(*names: str, wait_s: int = 10, endpoint: Endpoint | None = ENDPOINT) -> Scene:
    """A party whose session runs, and waits for its players."""
    scene = Scene(*names, load_wait_s=wait_s)
    return scene.starts(force=True).after(scene.party.settings.countdown_s).begins(endpoint)


def loads(scene: Scene, name: str) -> Scene:
    return scene.does(c.MarkLoaded(player(name), scene.session.id))


def go(scene: Scene) -> SessionGo:
    """The only SessionGo of the log."""
    (event,) = (entry.event for entry in scene.log if isinstance(entry.event, SessionGo))
    return event


def has_gone(scene: Scene) -> bool:
    return any(isinstance(entry.event, SessionGo) for entry in scene.log)


def test_a_session_keeps_the_seed_of_its_countdown() -> None:
    scene = Scene("ann", "bob").does(c.StartSession(ANN, "session", force=True, seed=SEED))
    assert scene.session.seed == SEED
    scene.after(5).begins().joins("cid").does(c.CompleteSession(None, "session"))
    assert scene.session.seed == SEED


def test_a_session_that_does_not_wait_begins_when_it_starts() -> None:
    scene = loading("ann", "bob", wait_s=0)
    assert scene.session.play_at == scene.session.started_at
    loads(loads(scene, "ann"), "bob").after(100).deadlines()
    assert not has_gone(scene)
    assert scene.session.loaded == ("ann", "bob")


def test_play_begins_one_second_after_the_last_has_loaded() -> None:
    scene = loads(loading("ann", "bob"), "ann")
    assert isinstance(scene.events[0], SessionUpdated)
    assert (scene.session.loaded, scene.session.play_at, has_gone(scene)) == (("ann",), None, False)
    loads(scene.after(3), "bob")
    assert scene.events[1:] == [SessionGo(scene.at + 1000, ())]
    assert scene.session.play_at == scene.at + 1000


def test_to_have_loaded_twice_changes_nothing() -> None:
    assert loads(loads(loading("ann", "bob"), "ann"), "ann").events == []


def test_play_begins_without_those_who_have_not_loaded_in_time() -> None:
    scene = loads(loading("ann", "bob", "cid"), "bob")
    assert next_deadline(scene.party, scene.bounds) == scene.at + 10_000
    assert scene.after(9.999).deadlines().events == []
    assert scene.after(0.001).deadlines().events == [SessionGo(scene.at + 1000, (ANN, CID))]
    loads(loads(scene, "ann"), "cid").after(100).deadlines()
    assert go(scene).missing == (ANN, CID)


def test_the_wait_begins_when_the_endpoint_is_known() -> None:
    scene = loading("ann", "bob", endpoint=None).after(100).deadlines()
    assert (has_gone(scene), next_deadline(scene.party, scene.bounds)) == (False, None)
    scene.does(c.UpdateSession(ANN, scene.session.id, endpoint=ENDPOINT))
    scene.after(5).does(c.UpdateSession(ANN, scene.session.id, floor=2))
    scene.does(c.UpdateSession(ANN, scene.session.id, endpoint=Endpoint("udp", "play.example", 7778)))
    assert scene.after(4.9).deadlines().events == []
    assert scene.after(0.1).deadlines().events == [SessionGo(scene.at + 1000, (ANN, BOB))]


def test_all_who_have_loaded_begin_though_no_endpoint_was_told() -> None:
    assert has_gone(loads(loads(loading("ann", "bob", endpoint=None), "bob"), "ann"))


def test_play_begins_when_the_one_who_was_waited_for_leaves() -> None:
    scene = loads(loading("ann", "bob"), "ann").does(c.LeaveSession(BOB, "session-1"))
    assert go(scene).missing == ()


def test_who_returns_to_the_session_loads_again() -> None:
    scene = loads(loading("ann", "bob", "cid"), "bob").does(c.LeaveSession(BOB, "session-1"))
    assert scene.does(c.JoinSession(BOB, "session-1")).session.loaded == ()


def test_a_late_joiner_before_the_beginning_is_waited_for() -> None:
    scene = loads(loading("ann", "bob").joins("cid"), "ann")
    assert not has_gone(loads(scene, "bob"))
    assert go(loads(scene, "cid")).missing == ()


def test_a_late_joiner_finds_the_beginning_in_the_past() -> None:
    scene = loads(loading("ann"), "ann").after(60).joins("bob")
    play_at = scene.session.play_at
    assert play_at is not None
    assert play_at < scene.at
    loads(scene, "bob")
    assert go(scene).go_at == play_at


def test_after_a_restart_the_wait_begins_again() -> None:
    scene = loading("ann", "bob").after(60)
    up_since = scene.at - 9_999
    assert scene.deadlines(up_since).events == []
    assert scene.after(0.001).deadlines(up_since).events == [SessionGo(scene.at + 1000, (ANN, BOB))]


def test_a_change_of_the_setting_does_not_change_the_session_that_runs() -> None:
    scene = loading("ann", "bob").sets(load_wait_s=0)
    assert scene.session.play_at is None
    assert has_gone(scene.after(10).deadlines())


def test_the_wait_of_a_session_that_ends_is_over() -> None:
    scene = loading("ann", "bob").completes()
    assert scene.after(60).deadlines().session.status is SessionStatus.COMPLETE
    assert not has_gone(scene)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("eve", RejectionCode.NOT_MEMBER), ("cid", RejectionCode.NOT_MEMBER)],
)
def test_only_players_in_the_session_have_loaded(name: str, expected: RejectionCode) -> None:
    scene = loading("ann", "bob", "cid").does(c.LeaveSession(CID, "session-1"))
    assert scene.rejection(c.MarkLoaded(player(name), "session-1")).code is expected


def test_a_session_that_has_not_begun_has_not_loaded() -> None:
    scene = Scene("ann", "bob").starts(force=True)
    rejection = scene.rejection(c.MarkLoaded(ANN, "session-1"))
    assert (rejection.code, rejection.retryable) == (RejectionCode.SESSION_NOT_ACTIVE, True)


@pytest.mark.parametrize("wait_s", [-1, 61])
def test_a_party_waits_60_seconds_at_most(wait_s: int) -> None:
    rejection = Scene("ann").rejection(c.UpdateParty(ANN, SettingsPatch(load_wait_s=wait_s)))
    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "settings.load_wait_seconds")

"""Sequence numbers, and asking for a change only if nothing has come in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lobby.domain import commands as c
from lobby.domain.rejections import NOT_FOUND, RejectionCode
from lobby.domain.values import Visibility
from tests.domain.scenes import Scene, player

ANN, BOB = player("ann"), player("bob")
RENAME = c.UpdateParty(ANN, c.SettingsPatch(name="New"))
Act = Callable[[Scene], Scene]

MINDED: list[tuple[str, Act]] = [
    ("settings", lambda scene: scene.sets(locked=True)),
    ("join", lambda scene: scene.joins("dee")),
    ("leave", lambda scene: scene.leaves("bob")),
    ("ready", lambda scene: scene.ready("bob")),
    ("start", lambda scene: scene.starts(force=True).cancels()),
]
NOT_MINDED: list[tuple[str, Act]] = [
    ("nothing", lambda scene: scene),
    ("message", lambda scene: scene.says("bob", "hello")),
    ("disconnect", lambda scene: scene.disconnects("bob")),
    ("both", lambda scene: scene.disconnects("bob").says("ann", "where are you").returns("bob")),
]


@pytest.mark.parametrize("act", [pytest.param(act, id=name) for name, act in MINDED])
def test_if_version_refuses_when_something_came_after_it(act: Act) -> None:
    scene = Scene("ann", "bob")
    seen = scene.party.version
    refusal = act(scene).refusal(RENAME, if_version=seen)

    assert (refusal.code, refusal.field, refusal.retryable) == (RejectionCode.VERSION_CONFLICT, "if_version", False)
    assert refusal.current == scene.party


@pytest.mark.parametrize("act", [pytest.param(act, id=name) for name, act in NOT_MINDED])
def test_if_version_does_not_mind_messages_and_connections(act: Act) -> None:
    scene = Scene("ann", "bob")
    seen = scene.party.version

    assert act(scene).does(RENAME, if_version=seen).party.settings.name == "New"


def test_if_version_names_any_version_since_the_last_act() -> None:
    scene = Scene("ann", "bob").says("bob", "one").says("bob", "two")

    assert scene.does(RENAME, if_version=scene.party.version - 1).party.settings.name == "New"


def test_a_version_that_there_has_not_been_yet_is_refused() -> None:
    scene = Scene("ann")

    assert scene.refusal(RENAME, if_version=scene.party.version + 1).code is RejectionCode.VERSION_CONFLICT


def test_a_stranger_learns_nothing_from_if_version() -> None:
    command = c.LeaveParty(player("dee"))

    assert Scene("ann").refusal(command, if_version=0).code is RejectionCode.NOT_MEMBER
    assert Scene("ann", visibility=Visibility.PRIVATE).refusal(command, if_version=0) == NOT_FOUND


def test_the_servers_own_acts_have_no_if_version() -> None:
    assert Scene("ann", "bob").does(c.SetPresence("bob", connected=False), if_version=0).entries


def test_seq_starts_at_1_and_has_no_holes() -> None:
    scene = Scene("ann", "bob").ready("bob").starts().cancels().leaves("ann").disbands()

    assert [entry.seq for entry in scene.log] == list(range(1, len(scene.log) + 1))


def test_each_entry_carries_the_party_as_it_stands_after_it() -> None:
    scene = Scene("ann", "bob").disbands()

    assert [(entry.party.version, len(entry.party.members)) for entry in scene.entries] == [(3, 1), (4, 0), (5, 0)]


def test_what_is_refused_changes_nothing() -> None:
    scene = Scene("ann", "bob")
    before = scene.party
    scene.refusal(c.DisbandParty(BOB))

    assert scene.party == before

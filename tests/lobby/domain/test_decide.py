"""The entries that `decide` returns, and `if_version`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lobby.domain import commands as c
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import NOT_FOUND, RejectionCode
from lobby.domain.values import Visibility
from tests.lobby.domain.scenes import Scene, player

ANN, BOB = player("ann"), player("bob")
RENAME = c.UpdateParty(ANN, SettingsPatch(name="New"))
Act = Callable[[Scene], Scene]

OUTDATING: list[tuple[str, Act]] = [
    ("settings", lambda scene: scene.sets(locked=True)),
    ("join", lambda scene: scene.joins("dee")),
    ("leave", lambda scene: scene.leaves("bob")),
    ("ready", lambda scene: scene.ready("bob")),
    ("start", lambda scene: scene.starts(force=True).cancels()),
]
NOT_OUTDATING: list[tuple[str, Act]] = [
    ("nothing", lambda scene: scene),
    ("message", lambda scene: scene.says("bob", "hello")),
    ("disconnect", lambda scene: scene.disconnects("bob")),
    ("both", lambda scene: scene.disconnects("bob").says("ann", "where are you").returns("bob")),
]


@pytest.mark.parametrize("act", [pytest.param(act, id=name) for name, act in OUTDATING])
def test_if_version_rejects_when_an_event_came_after_it(act: Act) -> None:
    scene = Scene("ann", "bob")
    seen = scene.party.version
    rejection = act(scene).rejection(RENAME, if_version=seen)

    assert (rejection.code, rejection.field, rejection.retryable) == (
        RejectionCode.VERSION_CONFLICT,
        "if_version",
        False,
    )
    assert rejection.current == scene.party


@pytest.mark.parametrize("act", [pytest.param(act, id=name) for name, act in NOT_OUTDATING])
def test_messages_and_connections_do_not_outdate_if_version(act: Act) -> None:
    scene = Scene("ann", "bob")
    seen = scene.party.version

    assert act(scene).does(RENAME, if_version=seen).party.settings.name == "New"


def test_if_version_may_be_any_version_since_the_last_counted_event() -> None:
    scene = Scene("ann", "bob").says("bob", "one").says("bob", "two")

    assert scene.does(RENAME, if_version=scene.party.version - 1).party.settings.name == "New"


def test_a_future_version_is_rejected() -> None:
    scene = Scene("ann")

    assert scene.rejection(RENAME, if_version=scene.party.version + 1).code is RejectionCode.VERSION_CONFLICT


def test_if_version_reveals_nothing_to_a_stranger() -> None:
    command = c.LeaveParty(player("dee"))

    assert Scene("ann").rejection(command, if_version=0).code is RejectionCode.NOT_MEMBER
    assert Scene("ann", visibility=Visibility.PRIVATE).rejection(command, if_version=0) == NOT_FOUND


def test_commands_of_the_server_ignore_if_version() -> None:
    assert Scene("ann", "bob").does(c.SetPresence("bob", connected=False), if_version=0).entries


def test_seq_starts_at_1_and_has_no_gaps() -> None:
    scene = Scene("ann", "bob").ready("bob").starts().cancels().leaves("ann").disbands()

    assert [entry.seq for entry in scene.log] == list(range(1, len(scene.log) + 1))


def test_each_entry_has_the_party_after_it() -> None:
    scene = Scene("ann", "bob").disbands()

    assert [(entry.party.version, len(entry.party.members)) for entry in scene.entries] == [(3, 1), (4, 0), (5, 0)]


def test_a_rejected_command_changes_nothing() -> None:
    scene = Scene("ann", "bob")
    before = scene.party
    scene.rejection(c.DisbandParty(BOB))

    assert scene.party == before

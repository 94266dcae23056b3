"""The version of the game: which one a party needs, who may join, and when a session may start."""

from __future__ import annotations

from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import MemberUpdated, SettingsChanged
from lobby.domain.listing import PartyFilter, matches
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.decide import decide_creation
from tests.lobby.domain.scenes import START, Scene, player

ANN, BOB = player("ann"), player("bob")


def create(version: str | None, **settings: Any) -> str | Rejection | None:
    """The version that a new party needs, or the rejection."""
    command = c.CreateParty(ANN, SettingsPatch(**settings), client_version=version)
    decision = decide_creation(command, "party", "epoch", "BCDFGH", START, Bounds())
    if isinstance(decision, Rejection):
        return decision
    assert isinstance(decision, tuple)
    assert decision[-1].party.members[0].client_version == version
    return decision[-1].party.settings.client_version


def versioned(*names: str, version: str = "1.0") -> Scene:
    """A party that needs `version`; its members run it."""
    scene = Scene(names[0], client_version=version).does(c.UpdateMember(player(names[0]), client_version=version))
    return scene.joins(*names[1:], client_version=version)


def test_a_party_needs_the_version_of_its_creator() -> None:
    assert create("1.0") == "1.0"
    assert create(None) is None


def test_the_settings_of_a_new_party_may_name_another_version_or_none() -> None:
    assert create("1.0", client_version="2.0") == "2.0"
    assert create("1.0", client_version="") is None


@pytest.mark.parametrize("version", ["1 0", "x" * 33, "\u00e9", "1/0", "1.0\n"])
def test_a_version_is_1_to_32_letters_digits_and_a_few_signs(version: str) -> None:
    assert isinstance(rejected := create(version), Rejection)
    assert (rejected.code, rejected.field) == (RejectionCode.INVALID_INPUT, "client_version")
    assert isinstance(rejected := create(None, client_version=version), Rejection)
    assert rejected.field == "settings.client_version"
    assert Scene("ann").rejection(c.JoinParty(BOB, client_version=version)).field == "client_version"
    assert Scene("ann").rejection(c.UpdateMember(ANN, client_version=version)).field == "client_version"


@pytest.mark.parametrize("version", [None, "", "1.1", "1.0 "])
def test_a_join_with_another_version_or_none_is_told_which_one_is_needed(version: str | None) -> None:
    rejection = versioned("ann").rejection(c.JoinParty(BOB, client_version=version))
    assert (rejection.code, rejection.required_version) == (RejectionCode.VERSION_MISMATCH, "1.0")
    assert (rejection.field, rejection.retryable, rejection.current) == ("client_version", False, None)


def test_a_join_with_the_version_that_the_party_needs_succeeds() -> None:
    assert versioned("ann", "bob").member("bob").client_version == "1.0"


def test_a_party_without_a_version_takes_everybody() -> None:
    scene = Scene("ann").joins("bob", client_version="1.0").joins("cid", client_version="2.0").joins("dee")
    assert [member.client_version for member in scene.party.members] == [None, "1.0", "2.0", None]
    assert scene.ready("bob", "cid", "dee").starts().party.session is not None


def test_a_late_join_needs_the_version_too() -> None:
    scene = versioned("ann").running()
    assert scene.rejection(c.JoinParty(BOB)).code is RejectionCode.VERSION_MISMATCH
    assert scene.joins("bob", client_version="1.0").session.has_player("bob")


def test_the_leader_changes_the_version_and_everybody_is_unready() -> None:
    scene = versioned("ann", "bob").ready("bob").sets(client_version="1.1")
    assert isinstance(scene.events[0], SettingsChanged)
    assert scene.events[0].changed == ("clientVersion",)
    assert (scene.party.settings.version, scene.is_ready("bob")) == (2, False)
    assert scene.names == ["ann", "bob"]


def test_the_version_does_not_change_while_a_session_runs() -> None:
    scene = versioned("ann", "bob").running()
    rejection = scene.rejection(c.UpdateParty(ANN, SettingsPatch(client_version="")))
    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "settings.client_version")
    assert scene.sets(client_version="1.0").events == []
    assert scene.completes().sets(client_version="").party.settings.client_version is None


@pytest.mark.parametrize("force", [False, True])
def test_a_session_does_not_start_while_the_version_of_a_member_differs(force: bool) -> None:
    scene = versioned("ann", "bob").sets(client_version="1.1").ready("bob")
    scene.does(c.UpdateMember(ANN, client_version="1.1"))
    rejection = scene.rejection(c.StartSession(ANN, "session", force))
    assert (rejection.code, rejection.required_version) == (RejectionCode.VERSION_MISMATCH, "1.1")
    assert (rejection.retryable, rejection.current) == (True, scene.party)
    scene.does(c.UpdateMember(BOB, client_version="1.1"))
    assert scene.starts(force).party.session is not None


def test_a_member_changes_the_own_version_and_stays_ready() -> None:
    scene = Scene("ann", "bob").ready("bob").does(c.UpdateMember(BOB, client_version="1.0"))
    assert scene.events == [MemberUpdated("bob", None, 1, (), "1.0")]
    assert scene.is_ready("bob")
    assert scene.does(c.UpdateMember(BOB, "Mage")).member("bob").client_version == "1.0"
    assert scene.does(c.UpdateMember(BOB, client_version="")).member("bob").client_version is None


@pytest.mark.parametrize(
    ("needed", "wanted", "expected"),
    [
        ("", None, True),
        ("1.0", None, True),
        ("1.0", "1.0", True),
        ("", "1.0", True),
        ("1.1", "1.0", False),
        ("1.0", "", False),
        ("", "", True),
    ],
)
def test_a_filter_finds_parties_that_need_its_version_or_none(needed: str, wanted: str | None, expected: bool) -> None:
    party = Scene("ann", client_version=needed).party
    assert matches(party, PartyFilter(client_version=wanted)) is expected

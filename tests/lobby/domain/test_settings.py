"""The settings of a party: defaults, bounds, and changes."""

from __future__ import annotations

from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import PartyCreated, SettingsChanged
from lobby.domain.model import Attribute
from lobby.domain.party_settings import PartySettings, SettingsPatch
from lobby.domain.passwords import PasswordToHash
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.decide import decide, decide_creation
from lobby.domain.values import GameType, PartyState, Visibility
from tests.lobby.domain.scenes import START, Scene, hash_password, player

ANN = player("ann")


def settings_of_new_party(**settings: Any) -> PartySettings:
    return Scene("ann", **settings).party.settings


def creation_rejection(command: c.CreateParty, bounds: Bounds | None = None) -> Rejection:
    decision = decide_creation(command, "party", "epoch", "BCDFGH", START, bounds or Bounds())
    assert isinstance(decision, Rejection)
    return decision


def test_settings_that_are_left_out_get_their_defaults() -> None:
    assert settings_of_new_party() == PartySettings(
        name="Ann's party",
        game_type=GameType.COOP,
        difficulty="Easy",
        max_members=8,
        visibility=Visibility.PUBLIC,
        password_hash=None,
        locked=False,
        allow_late_join=True,
        allow_force_start=True,
        unique_classes=False,
        countdown_s=5,
        version=1,
    )


def test_a_solo_party_has_1_seat_by_default() -> None:
    assert settings_of_new_party(game_type=GameType.SOLO).max_members == 1


def test_a_pvp_party_has_8_seats_by_default() -> None:
    assert settings_of_new_party(game_type=GameType.PVP).max_members == 8


def test_the_first_difficulty_of_the_servers_list_is_the_default() -> None:
    assert Scene("ann", bounds=Bounds(difficulties=("Grim", "Worse"))).party.settings.difficulty == "Grim"


def test_the_first_settings_have_version_1() -> None:
    assert settings_of_new_party(game_type=GameType.PVP, difficulty="Hard", max_members=4).version == 1


def test_a_new_party_is_led_by_its_creator_and_waits() -> None:
    scene = Scene("ann")

    assert (scene.names, scene.party.leader_id, scene.party.state) == (["ann"], "ann", PartyState.WAITING)
    assert (scene.party.version, scene.party.term, scene.party.created_at) == (1, 1, START)


def test_class_and_attributes_can_be_given_at_creation() -> None:
    command = c.CreateParty(ANN, attributes=(("map", "crypt"),), character_class="Mage")
    decision = decide_creation(command, "party", "epoch", "BCDFGH", START, Bounds())

    assert isinstance(decision, tuple)
    assert [entry.event for entry in decision] == [
        PartyCreated("party", "epoch", ANN, settings_of_new_party(), (Attribute("map", "crypt"),), "Mage", "BCDFGH")
    ]
    assert decision[0].party.members[0].character_class == "Mage"


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (c.CreateParty(ANN, attributes=(("", "crypt"),)), "attributes.0.key"),
        (c.CreateParty(ANN, attributes=tuple((f"key{n}", "") for n in range(21))), "attributes"),
        (c.CreateParty(ANN, character_class="x" * 33), "character_class"),
    ],
)
def test_a_creation_with_bad_input_is_rejected(command: c.CreateParty, field: str) -> None:
    rejection = creation_rejection(command)

    assert (rejection.code, rejection.field, rejection.retryable) == (RejectionCode.INVALID_INPUT, field, False)


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "settings.name"),
    ({"name": "x" * 49}, "settings.name"),
    ({"name": "two\nlines"}, "settings.name"),
    ({"difficulty": "easy"}, "settings.difficulty"),
    ({"difficulty": ""}, "settings.difficulty"),
    ({"max_members": 0}, "settings.max_members"),
    ({"max_members": 9}, "settings.max_members"),
    ({"max_members": -1}, "settings.max_members"),
    ({"game_type": GameType.SOLO, "max_members": 2}, "settings.max_members"),
    ({"game_type": GameType.PVP, "max_members": 1}, "settings.max_members"),
    ({"countdown_s": -1}, "settings.countdown_seconds"),
    ({"countdown_s": 31}, "settings.countdown_seconds"),
    ({"password": "abc"}, "settings.password"),
    ({"password": "x" * 65}, "settings.password"),
    ({"password": "\ud800 open"}, "settings.password"),
]


@pytest.mark.parametrize(("settings", "field"), INVALID, ids=repr)
def test_settings_out_of_bounds_are_rejected_at_creation(settings: dict[str, Any], field: str) -> None:
    rejection = creation_rejection(c.CreateParty(ANN, SettingsPatch(**settings)))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, field)


@pytest.mark.parametrize(("settings", "field"), INVALID, ids=repr)
def test_settings_out_of_bounds_are_rejected_in_an_update(settings: dict[str, Any], field: str) -> None:
    rejection = Scene("ann").rejection(c.UpdateParty(ANN, SettingsPatch(**settings)))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, field)


def test_settings_that_an_update_leaves_out_stay() -> None:
    before = settings_of_new_party(name="Crypt", difficulty="Hard", max_members=4, password="opensesame")
    scene = Scene("ann", name="Crypt", difficulty="Hard", max_members=4, password="opensesame").sets(locked=True)

    assert [getattr(scene.party.settings, name) for name in ("name", "difficulty", "max_members", "password_hash")] == [
        getattr(before, name) for name in ("name", "difficulty", "max_members", "password_hash")
    ]


def test_an_update_lists_changes_by_the_names_of_the_contract() -> None:
    scene = Scene("ann").sets(
        name="New",
        game_type=GameType.PVP,
        difficulty="Hard",
        max_members=4,
        visibility=Visibility.PRIVATE,
        password="opensesame",
        locked=True,
        allow_late_join=False,
        allow_force_start=False,
        unique_classes=True,
        countdown_s=9,
        client_version="1.0",
        teams=3,
        load_wait_s=20,
    )
    event = scene.events[0]

    assert isinstance(event, SettingsChanged)
    assert event.changed == (
        "name",
        "gameType",
        "difficulty",
        "maxMembers",
        "visibility",
        "hasPassword",
        "locked",
        "allowLateJoin",
        "allowForceStart",
        "uniqueClasses",
        "countdownSeconds",
        "clientVersion",
        "teams",
        "loadWaitSeconds",
    )


def test_changed_attributes_are_listed_as_one_change() -> None:
    scene = Scene("ann").does(c.UpdateParty(ANN, attributes=(("map", "crypt"), ("mode", "fast"))))
    scene.does(c.UpdateParty(ANN, attributes=(("mode", None),)))

    assert scene.party.attributes == (Attribute("map", "crypt"),)
    assert [event.changed for event in scene.events if isinstance(event, SettingsChanged)] == [("attributes",)]


def test_bad_attributes_reject_the_whole_update() -> None:
    rejection = Scene("ann").rejection(c.UpdateParty(ANN, SettingsPatch(name="New"), (("two words", ""),)))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "attributes.0.key")


def test_an_update_that_changes_nothing_has_no_event() -> None:
    assert Scene("ann").sets(name="Ann's party", max_members=8).events == []


def test_several_changes_that_affect_play_raise_the_version_by_one() -> None:
    scene = Scene("ann").sets(difficulty="Hard", max_members=4, unique_classes=True)

    assert scene.party.settings.version == 2


def test_a_change_that_does_not_affect_play_keeps_the_version() -> None:
    assert Scene("ann").sets(name="New", locked=True).party.settings.version == 1


def test_an_update_to_solo_must_set_1_seat() -> None:
    scene = Scene("ann")
    rejection = scene.rejection(c.UpdateParty(ANN, SettingsPatch(game_type=GameType.SOLO)))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "settings.max_members")
    assert scene.sets(game_type=GameType.SOLO, max_members=1).party.settings.max_members == 1


def test_max_members_cannot_be_less_than_the_members() -> None:
    scene = Scene("ann", "bob", "cid")
    rejection = scene.rejection(c.UpdateParty(ANN, SettingsPatch(max_members=2)))

    assert (rejection.code, rejection.field) == (RejectionCode.INVALID_INPUT, "settings.max_members")
    assert scene.sets(max_members=3).party.free_seats == 0


def test_settings_can_change_while_a_session_runs() -> None:
    assert Scene("ann").running().sets(allow_late_join=False).party.settings.allow_late_join is False


def test_the_rules_ask_the_caller_to_hash_the_password() -> None:
    scene = Scene("ann")
    command = c.UpdateParty(ANN, SettingsPatch(password="opensesame"))

    assert decide(scene.party, command, scene.at, scene.bounds) == PasswordToHash("opensesame")


def test_a_rejected_update_hashes_no_password() -> None:
    rejection = Scene("ann").rejection(c.UpdateParty(ANN, SettingsPatch(password="opensesame", max_members=9)))

    assert rejection.field == "settings.max_members"


def test_only_the_hash_of_a_password_is_in_the_log() -> None:
    scene = Scene("ann", password="opensesame").sets(password="shutsesame")

    assert scene.party.settings.password_hash == hash_password("shutsesame")
    assert "shutsesame" not in repr(scene.log).replace(hash_password("shutsesame"), "")


@pytest.mark.parametrize("password", ["4444", "x" * 64, " \t ж\0"])
def test_a_password_of_4_to_64_characters_is_not_normalized(password: str) -> None:
    assert settings_of_new_party(password=password).password_hash == hash_password(password)


def test_the_empty_password_removes_it() -> None:
    scene = Scene("ann", password="opensesame").sets(password="")

    assert scene.party.settings.password_hash is None
    assert [event.changed for event in scene.events if isinstance(event, SettingsChanged)] == [("hasPassword",)]


def test_the_default_name_fits_for_the_longest_player_name() -> None:
    scene = Scene("x" * 32)

    assert scene.party.settings.name == f"X{'x' * 31}'s party"


def test_a_name_is_stored_trimmed() -> None:
    assert settings_of_new_party(name=" The Crypt\t").name == "The Crypt"

"""What a party has by default, what its leader may wish, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import PartyCreated, SettingsChanged
from lobby.domain.model import Attribute, PartySettings
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.decide import decide, found
from lobby.domain.rules.outcome import PasswordToHash
from lobby.domain.values import GameType, PartyState, Visibility
from tests.domain.scenes import START, Scene, hashed, player

ANN = player("ann")


def created(**settings: Any) -> PartySettings:
    return Scene("ann", **settings).party.settings


def creation_refused(command: c.CreateParty, bounds: Bounds | None = None) -> Rejection:
    decision = found(command, "party", "epoch", "BCDFGH", START, bounds or Bounds())
    assert isinstance(decision, Rejection)
    return decision


def test_what_is_left_out_takes_the_defaults() -> None:
    assert created() == PartySettings(
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
    assert created(game_type=GameType.SOLO).max_members == 1


def test_a_pvp_party_has_8_seats_by_default() -> None:
    assert created(game_type=GameType.PVP).max_members == 8


def test_the_first_difficulty_of_the_servers_list_is_the_default() -> None:
    assert Scene("ann", bounds=Bounds(difficulties=("Grim", "Worse"))).party.settings.difficulty == "Grim"


def test_wishes_at_creation_count_as_version_1() -> None:
    assert created(game_type=GameType.PVP, difficulty="Hard", max_members=4).version == 1


def test_a_new_party_has_its_creator_as_leader_and_waits() -> None:
    scene = Scene("ann")

    assert (scene.names, scene.party.leader_id, scene.party.state) == (["ann"], "ann", PartyState.WAITING)
    assert (scene.party.version, scene.party.term, scene.party.created_at) == (1, 1, START)


def test_class_and_attributes_can_be_given_at_creation() -> None:
    command = c.CreateParty(ANN, attributes=(("map", "crypt"),), character_class="Mage")
    decision = found(command, "party", "epoch", "BCDFGH", START, Bounds())

    assert isinstance(decision, tuple)
    assert [entry.event for entry in decision] == [
        PartyCreated("party", "epoch", ANN, created(), (Attribute("map", "crypt"),), "Mage", "BCDFGH")
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
def test_a_creation_with_bad_input_is_refused(command: c.CreateParty, field: str) -> None:
    refusal = creation_refused(command)

    assert (refusal.code, refusal.field, refusal.retryable) == (RejectionCode.INVALID_INPUT, field, False)


BAD: list[tuple[dict[str, Any], str]] = [
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


@pytest.mark.parametrize(("settings", "field"), BAD, ids=repr)
def test_settings_out_of_bounds_are_refused_at_creation(settings: dict[str, Any], field: str) -> None:
    refusal = creation_refused(c.CreateParty(ANN, c.SettingsPatch(**settings)))

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, field)


@pytest.mark.parametrize(("settings", "field"), BAD, ids=repr)
def test_settings_out_of_bounds_are_refused_later_too(settings: dict[str, Any], field: str) -> None:
    refusal = Scene("ann").refusal(c.UpdateParty(ANN, c.SettingsPatch(**settings)))

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, field)


def test_what_is_left_out_of_an_update_stays() -> None:
    before = created(name="Crypt", difficulty="Hard", max_members=4, password="opensesame")
    scene = Scene("ann", name="Crypt", difficulty="Hard", max_members=4, password="opensesame").sets(locked=True)

    assert [getattr(scene.party.settings, name) for name in ("name", "difficulty", "max_members", "password_hash")] == [
        getattr(before, name) for name in ("name", "difficulty", "max_members", "password_hash")
    ]


def test_an_update_names_what_changed_as_the_contract_spells_it() -> None:
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
    )
    (event,) = scene.events

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
    )


def test_attributes_change_by_key_and_are_named_as_one() -> None:
    scene = Scene("ann").does(c.UpdateParty(ANN, attributes=(("map", "crypt"), ("mode", "fast"))))
    scene.does(c.UpdateParty(ANN, attributes=(("mode", None),)))

    assert scene.party.attributes == (Attribute("map", "crypt"),)
    assert [event.changed for event in scene.events if isinstance(event, SettingsChanged)] == [("attributes",)]


def test_attributes_that_can_not_be_are_refused_with_the_whole_update() -> None:
    refusal = Scene("ann").refusal(c.UpdateParty(ANN, c.SettingsPatch(name="New"), (("two words", ""),)))

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "attributes.0.key")


def test_an_update_that_changes_nothing_is_no_event() -> None:
    assert Scene("ann").sets(name="Ann's party", max_members=8).events == []


def test_several_changes_that_affect_play_raise_the_version_by_one() -> None:
    scene = Scene("ann").sets(difficulty="Hard", max_members=4, unique_classes=True)

    assert scene.party.settings.version == 2


def test_a_change_that_does_not_affect_play_leaves_the_version() -> None:
    assert Scene("ann").sets(name="New", locked=True).party.settings.version == 1


def test_an_update_to_solo_needs_1_seat_too() -> None:
    scene = Scene("ann")
    refusal = scene.refusal(c.UpdateParty(ANN, c.SettingsPatch(game_type=GameType.SOLO)))

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "settings.max_members")
    assert scene.sets(game_type=GameType.SOLO, max_members=1).party.settings.max_members == 1


def test_max_members_can_not_drop_below_the_members_there_are() -> None:
    scene = Scene("ann", "bob", "cid")
    refusal = scene.refusal(c.UpdateParty(ANN, c.SettingsPatch(max_members=2)))

    assert (refusal.code, refusal.field) == (RejectionCode.INVALID_INPUT, "settings.max_members")
    assert scene.sets(max_members=3).party.free_seats == 0


def test_settings_change_while_a_session_runs() -> None:
    assert Scene("ann").running().sets(allow_late_join=False).party.settings.allow_late_join is False


def test_a_password_is_hashed_outside_of_the_rules() -> None:
    scene = Scene("ann")
    command = c.UpdateParty(ANN, c.SettingsPatch(password="opensesame"))

    assert decide(scene.party, command, scene.at, scene.bounds) == PasswordToHash("opensesame")


def test_nothing_is_hashed_for_an_update_that_is_refused_anyway() -> None:
    refusal = Scene("ann").refusal(c.UpdateParty(ANN, c.SettingsPatch(password="opensesame", max_members=9)))

    assert refusal.field == "settings.max_members"


def test_only_the_hash_of_a_password_is_in_the_log() -> None:
    scene = Scene("ann", password="opensesame").sets(password="shutsesame")

    assert scene.party.settings.password_hash == hashed("shutsesame")
    assert "shutsesame" not in repr(scene.log).replace(hashed("shutsesame"), "")


@pytest.mark.parametrize("password", ["4444", "x" * 64, " \t ж\0"])
def test_a_password_of_4_to_64_characters_is_taken_as_it_is(password: str) -> None:
    assert created(password=password).password_hash == hashed(password)


def test_the_empty_password_removes_it() -> None:
    scene = Scene("ann", password="opensesame").sets(password="")

    assert scene.party.settings.password_hash is None
    assert [event.changed for event in scene.events if isinstance(event, SettingsChanged)] == [("hasPassword",)]


def test_the_default_name_of_the_longest_player_name_fits() -> None:
    scene = Scene("x" * 32)

    assert scene.party.settings.name == f"X{'x' * 31}'s party"


def test_a_name_is_kept_trimmed() -> None:
    assert created(name=" The Crypt\t").name == "The Crypt"

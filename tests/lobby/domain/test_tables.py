"""The tables of settings, events and commands are complete. A failure names the file to edit."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, build_schema

from lobby.domain import commands as c
from lobby.domain import events as e
from lobby.domain.evolve import APPLY
from lobby.domain.party_settings import SETTINGS, PartySettings, SettingsPatch, snake_case
from lobby.domain.rules import decide
from lobby.domain.rules.settings import changed_names
from lobby.struct import Struct, replace
from tests.lobby.domain.scenes import Scene

SDL = build_schema(Path("schema/schema.graphql").read_text(encoding="utf-8"))


def kinds_in(module: ModuleType) -> set[type[Struct]]:
    """The classes of a module, or of all modules of a package."""
    kinds = (kind for kind in vars(module).values() if isinstance(kind, type))
    return {kind for kind in kinds if f"{kind.__module__}.".startswith(f"{module.__name__}.")}


def test_every_event_class_is_a_member_of_the_union() -> None:
    missing = kinds_in(e) - set(e.EVENT_KINDS) - {e.EventBase, e.Entry}
    assert not missing, f"lobby/domain/events.py: add to the union Event: {missing}"


def test_every_kind_of_event_that_changes_the_party_has_a_function() -> None:
    changing = {kind for kind in e.EVENT_KINDS if kind.changes_party} - {e.PartyCreated}
    assert not changing - set(APPLY), f"lobby/domain/evolve.py: APPLY has no function for {changing - set(APPLY)}"
    unused = set(APPLY) - changing
    assert not unused, f"lobby/domain/evolve.py: APPLY has functions that are never called, for {unused}"


@pytest.mark.parametrize("kind", e.EVENT_KINDS)
def test_followers_see_an_event_by_a_name_of_the_contract(kind: type[e.Event]) -> None:
    name = e.name_for_followers(kind)
    assert isinstance(SDL.get_type(name), GraphQLObjectType), (
        f"schema/events.py: no type {name}. Add it, or set followers_see of {kind.__name__} in lobby/domain/events.py"
    )


def test_every_command_class_is_a_member_of_the_union() -> None:
    missing = kinds_in(c) - set(get_args(c.Command))
    assert not missing, f"lobby/domain/commands: add to the union at the end of its module: {missing}"


def test_every_command_has_one_rule() -> None:
    missing = set(get_args(c.Command)) - set(decide.RULES) - {c.CreateParty, c.ContinueRun}
    assert not missing, f"lobby/domain/rules: no table RULES has a rule for {missing}, or decide.py does not merge it"
    modules = [module for module in vars(decide).values() if hasattr(module, "RULES")]
    assert sum(len(module.RULES) for module in modules) == len(decide.RULES), "two modules have a rule for one command"


def test_every_setting_has_a_row() -> None:
    fields = {*PartySettings.__struct_fields__, *SettingsPatch.__struct_fields__} - {"version", "password"}
    assert fields == set(SETTINGS), f"lobby/domain/party_settings.py: SETTINGS and {fields ^ set(SETTINGS)}"


@pytest.mark.parametrize("field", SETTINGS)
def test_a_setting_has_the_names_of_the_contract(field: str) -> None:
    settings, given = SDL.get_type("PartySettings"), SDL.get_type("PartySettingsInput")
    assert isinstance(settings, GraphQLObjectType)
    assert isinstance(given, GraphQLInputObjectType)
    name, where = SETTINGS[field].contract_name, f"of {field} in lobby/domain/party_settings.py"
    assert name in settings.fields, f"schema/settings.py: PartySettings has no {name}, the contract_name {where}"
    inputs = {snake_case(key) for key in given.fields}
    assert SETTINGS[field].input_name in inputs, f"schema/inputs.py: PartySettingsInput lacks the input_name {where}"


@pytest.mark.parametrize("field", SETTINGS)
def test_a_changed_setting_is_listed_by_its_name_in_the_contract(field: str) -> None:
    before = Scene("ann").party.settings
    assert changed_names(before, replace(before, **{field: object()})) == (SETTINGS[field].contract_name,)


@pytest.mark.parametrize(
    ("contract_name", "expected"),
    [
        ("name", "name"),
        ("maxMembers", "max_members"),
        ("allowLateJoin", "allow_late_join"),
        ("tier2Name", "tier2_name"),
    ],
)
def test_rest_and_updates_spell_names_in_snake_case(contract_name: str, expected: str) -> None:
    assert snake_case(contract_name) == expected

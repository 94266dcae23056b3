"""REST and /updates name a party's settings as the domain's table does, in snake_case."""

from __future__ import annotations

import json

import pytest

from lobby.domain.party_settings import SETTINGS
from lobby.domain.viewer_access import AccessLevel
from schema.settings import PartySettings
from tests.lobby.domain.scenes import Scene
from web.rest.bodies import SettingsInput
from web.updates.messages import encode_event
from web.views import view_fields


@pytest.mark.parametrize("field", SETTINGS)
def test_the_view_of_the_settings_has_each_setting(field: str) -> None:
    name = SETTINGS[field].snake_name
    assert name in [shown.name for shown in view_fields(PartySettings)], (
        f"schema/settings.py: PartySettings has no {name}"
    )


def test_a_rest_body_names_the_settings_as_the_table_does() -> None:
    assert set(SettingsInput.model_fields) == {setting.input_name for setting in SETTINGS.values()}, (
        "schema/settings.py: PartySettingsInput, which the body derives from, must have each setting"
    )


def test_a_settings_changed_frame_names_the_fields_of_its_settings() -> None:
    scene = Scene("ann").sets(max_members=4, countdown_s=3, password="opensesame", locked=True)
    frame = json.loads(encode_event(scene.entries[0], AccessLevel.MEMBER))
    assert frame["changed"] == ["max_members", "has_password", "locked", "countdown_seconds"]
    assert set(frame["changed"]) <= set(frame["settings"])

"""Operators see the settings of a server, and no secret of it."""

from __future__ import annotations

import json

from lobby.auth.api_keys import hash_key
from web.settings.in_force import MASK, settings_in_force
from web.settings.settings import Settings

SECRET = "s3cret" * 8
HASH = hash_key(SECRET)


def shown(**settings: object) -> dict[str, str]:
    found = settings_in_force(Settings(**settings))  # type: ignore[arg-type]
    return {setting.name: setting.value for setting in found}


def test_no_secret_hash_or_password_is_shown() -> None:
    values = shown(
        secret=SECRET,
        previous_secrets=[SECRET],
        service_key=SECRET,
        service_keys=[HASH],
        operator_keys=[HASH],
        moderator_keys=[f"mia={HASH}"],
        discord_client_id="1",
        discord_client_secret=SECRET,
        text_webhook_url=f"https://user:{SECRET}@hook.example/texts?token={SECRET}",
        text_webhook_secret=SECRET,
        store=f"rediss://lobby:{SECRET}@valkey.example:6379",
    )
    everything = json.dumps(values)
    assert SECRET not in everything
    assert HASH.removeprefix("sha256:") not in everything
    assert json.loads(values["LOBBY_MODERATOR_KEYS"]) == [f"mia={MASK}"]
    assert values["LOBBY_STORE"].endswith("@valkey.example:6379")
    assert values["LOBBY_TEXT_WEBHOOK_URL"].endswith(f"@hook.example/texts?{MASK}")
    assert values["LOBBY_SECRET"] == MASK


def test_every_setting_is_there_and_says_whether_it_is_the_default() -> None:
    found = {one.name: one for one in settings_in_force(Settings(heartbeat_s=3))}
    assert set(found) == {f"LOBBY_{name.upper()}" for name in Settings.model_fields}
    assert not found["LOBBY_HEARTBEAT_S"].is_default
    assert found["LOBBY_PORT"].is_default

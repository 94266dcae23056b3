"""Keys of game servers and operators."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from lobby.auth.api_keys import KEYS_MAX, HashedKeys, hash_key, new_key
from lobby.auth.authentication import Authentication, operator_name
from lobby.auth.caller import Caller
from tests.lobby.auth.auth_services import AuthServices
from tests.needs import ROOT
from web.settings.settings import Settings


def test_a_key_is_recognized_by_its_hash() -> None:
    old, new = new_key("service"), new_key("service")
    keys = HashedKeys([hash_key(old), hash_key(new)])
    assert [keys.contains(key) for key in (old, new)] == [True, True]
    assert [keys.contains(key) for key in (new_key("service"), "", old[:-1], hash_key(old), "\ud800")] == [False] * 5


def test_without_hashes_no_key_is_accepted() -> None:
    assert [HashedKeys().contains(key) for key in ("", "x", hash_key(""))] == [False] * 3


@pytest.mark.parametrize(
    "hashes",
    [["secret"], ["sha256:xyz"], [hash_key("a").upper()], [hash_key("a") + "\n"], [hash_key("a")] * (KEYS_MAX + 1)],
)
def test_an_invalid_hash_is_rejected(hashes: list[str]) -> None:
    """A key that was put there by mistake must not count as a hash."""
    with pytest.raises(ValueError, match=r"lobby\.auth\.api_keys"):
        HashedKeys(hashes)


OLD_KEY = "a service key in plain text, as before"


async def test_each_key_has_the_role_it_was_configured_for(services: AuthServices) -> None:
    service, operator = new_key("service"), new_key("operator")
    authentication = Authentication(
        services.credentials, services.clock, HashedKeys([hash_key(service)]), HashedKeys([hash_key(operator)]), ()
    )
    assert authentication.authenticate(f"Bearer {service}") == Caller(is_service=True)
    assert authentication.authenticate(f"Bearer {operator}") == Caller(
        is_operator=True, operator_name=operator_name(hash_key(operator))
    )
    assert authentication.authenticate(f"Bearer {hash_key(service)}").refusal is not None


def test_the_former_plain_setting_still_works_beside_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOBBY_SERVICE_KEY", OLD_KEY)
    monkeypatch.setenv("LOBBY_SERVICE_KEYS", f'["{hash_key("new")}"]')
    keys = Settings().service_key_hashes()
    assert [keys.contains(key) for key in (OLD_KEY, "new", "other")] == [True, True, False]


@pytest.mark.parametrize("role", ["service", "operator"])
def test_the_command_prints_a_key_and_its_hash(role: str) -> None:
    command = [sys.executable, "-m", "lobby.auth.api_keys", role]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    create = re.search(rf"key:  (lobby-{role}-\S{{43}})\nhash: (\S+) .*LOBBY_{role.upper()}_KEYS", said)
    assert create is not None, said
    assert hash_key(create[1]) == create[2]

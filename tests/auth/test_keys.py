"""Keys of game servers and operators."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from lobby.auth.authentication import Authentication
from lobby.auth.caller import Caller
from lobby.auth.hashed_keys import KEYS_MAX, HashedKeys, hash_of, new_key
from lobby.settings import Settings
from tests.auth.desk import Desk
from tests.needs import ROOT


def test_a_key_is_known_by_its_hash_alone() -> None:
    old, new = new_key("service"), new_key("service")
    keys = HashedKeys([hash_of(old), hash_of(new)])
    assert [keys.has(key) for key in (old, new)] == [True, True]
    assert [keys.has(key) for key in (new_key("service"), "", old[:-1], hash_of(old), "\ud800")] == [False] * 5


def test_without_keys_there_is_none() -> None:
    assert [HashedKeys().has(key) for key in ("", "x", hash_of(""))] == [False] * 3


@pytest.mark.parametrize(
    "hashes",
    [["secret"], ["sha256:xyz"], [hash_of("a").upper()], [hash_of("a") + "\n"], [hash_of("a")] * (KEYS_MAX + 1)],
)
def test_what_is_no_hash_is_refused_at_the_start(hashes: list[str]) -> None:
    """A key put there in plain words by mistake must not be taken for one."""
    with pytest.raises(ValueError, match=r"lobby\.auth\.keys"):
        HashedKeys(hashes)


async def test_each_kind_of_key_is_good_for_its_own(desk: Desk) -> None:
    service, operator = new_key("service"), new_key("operator")
    authentication = Authentication(
        desk.credentials, desk.clock, HashedKeys([hash_of(service)]), HashedKeys([hash_of(operator)])
    )
    assert authentication.caller(f"Bearer {service}") == Caller(is_service=True)
    assert authentication.caller(f"Bearer {operator}") == Caller(is_operator=True)
    assert authentication.caller(f"Bearer {hash_of(service)}").refusal is not None


def test_the_plain_key_of_before_goes_on_beside_hashed_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOBBY_SERVICE_KEY", "of old")
    monkeypatch.setenv("LOBBY_SERVICE_KEYS", f'["{hash_of("new")}"]')
    keys = Settings().service_key_hashes()
    assert [keys.has(key) for key in ("of old", "new", "other")] == [True, True, False]


@pytest.mark.parametrize("role", ["service", "operator"])
def test_the_command_makes_a_key_and_tells_its_hash(role: str) -> None:
    command = [sys.executable, "-m", "lobby.auth.keys", role]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = re.search(rf"key:  (lobby-{role}-\S{{43}})\nhash: (\S+) .*LOBBY_{role.upper()}_KEYS", said)
    assert found is not None, said
    assert hash_of(found[1]) == found[2]

"""docs/identity.md says what is."""

from __future__ import annotations

import re
from dataclasses import fields
from hashlib import sha256

import pytest

from lobby.auth.external.issuer import Issuer
from lobby.settings import Settings
from tests.needs import ROOT

DOCUMENT = (ROOT / "docs/identity.md").read_text(encoding="utf-8")


def test_the_setting_that_is_shown_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(r"LOBBY_ISSUERS='(.*?)'", DOCUMENT, re.DOTALL)
    assert shown is not None
    monkeypatch.setenv("LOBBY_ISSUERS", shown[1])
    (issuer,) = Settings().issuers
    assert issuer.keys_url == "https://player-auth.services.api.unity.com/.well-known/jwks.json"


def test_every_part_of_the_setting_is_told_with_its_default() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \|(.*?)\|", DOCUMENT, re.MULTILINE))
    assert told.keys() == {part.name for part in fields(Issuer)}
    for name in ("clock_skew_s", "refresh_s", "refresh_min_s", "wait_s"):
        assert told[name].strip() == f"`{getattr(Issuer('https://a.example', ('x',)), name)}`"


def test_the_formula_of_ids_is_the_one() -> None:
    issuer, sub = "https://a.example", "ada"
    assert '"ext:" + sha256(f"{issuer}\\n{sub}".encode()).hexdigest()[:32]' in DOCUMENT
    expected = "ext:" + sha256(f"{issuer}\n{sub}".encode()).hexdigest()[:32]
    assert Issuer(issuer, ("x",)).player_id(sub) == expected

"""docs/identity.md agrees with the code."""

from __future__ import annotations

import re
from dataclasses import fields
from hashlib import sha256

import pytest

from lobby.auth.external_issuers import Issuer
from tests.needs import ROOT
from web.settings.settings import Settings

DOCUMENT = (ROOT / "docs/identity.md").read_text(encoding="utf-8")


def test_the_documented_setting_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(r"LOBBY_ISSUERS='(.*?)'", DOCUMENT, re.DOTALL)
    assert shown is not None
    monkeypatch.setenv("LOBBY_ISSUERS", shown[1])
    (issuer,) = Settings().issuers
    assert issuer.keys_url == "https://player-auth.services.api.unity.com/.well-known/jwks.json"


def test_every_field_of_the_setting_is_documented_with_its_default() -> None:
    documented = dict(re.findall(r"^\| `(\w+)` \|(.*?)\|", DOCUMENT, re.MULTILINE))
    assert documented.keys() == {part.name for part in fields(Issuer)}
    for name in ("clock_skew_s", "refresh_s", "refresh_min_s", "wait_s"):
        assert documented[name].strip() == f"`{getattr(Issuer('https://a.example', ('x',)), name)}`"


def test_the_documented_formula_gives_the_id() -> None:
    issuer, sub = "https://a.example", "ada"
    assert '"ext:" + sha256(f"{issuer}\\n{sub}".encode()).hexdigest()[:32]' in DOCUMENT
    expected = "ext:" + sha256(f"{issuer}\n{sub}".encode()).hexdigest()[:32]
    assert Issuer(issuer, ("x",)).player_id(sub) == expected

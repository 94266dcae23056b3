"""docs/limits.md names the limits that exist, with their defaults, and all of them."""

from __future__ import annotations

import re

from tests.needs import ROOT
from web.settings.limits import ConnectionSettings, DocumentSettings, RateSettings
from web.settings.settings import Settings

PAGE = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
NAME = re.compile(r"`(?:LOBBY_)?([A-Z]+(?:_[A-Z]+)+)`")
CODES = {"RATE_LIMITED", "WRONG_PASSWORD", "LIMIT_EXCEEDED"}
ABBREVIATED = re.compile(r"_BURST$|^WRONG_CODES_PER_ADDRESS_MIN$")
"""The page writes these as `_BURST` and `…_PER_ADDRESS_MIN` behind the name of the rate."""


def named() -> set[str]:
    return set(NAME.findall(PAGE)) - CODES


def test_every_name_on_the_page_is_a_setting() -> None:
    settings = {name.upper() for name in Settings.model_fields}

    assert named() - settings == set(), "docs/limits.md names what is no setting"


def test_every_limit_is_on_the_page() -> None:
    groups = (RateSettings, ConnectionSettings, DocumentSettings)
    limits = {name.upper() for group in groups for name in group.model_fields}

    missing = {name for name in limits - named() if not ABBREVIATED.search(name)}
    assert missing <= {"RATE_LIMITS"}, "docs/limits.md lacks a limit"  # RATE_LIMITS=off switches rates off

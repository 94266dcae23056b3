"""The pages of the documentation that are printed from the code are as the code is."""

from __future__ import annotations

import re

from tools.reference_pages import SETTINGS_PAGE, UPDATES_PAGE, settings_page, updates_page
from web.settings.settings import Settings


def test_the_settings_page_is_the_one_that_the_classes_print() -> None:
    page = SETTINGS_PAGE.read_text(encoding="utf-8")
    assert page == settings_page(), "docs/settings.md is old: run scripts/sdl"


def test_every_setting_is_on_the_settings_page() -> None:
    named = re.findall(r"^\| `LOBBY_([A-Z_]+)`", settings_page(), re.MULTILINE)
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


def test_the_updates_page_has_the_table_of_events() -> None:
    page = UPDATES_PAGE.read_text(encoding="utf-8")
    assert page == updates_page(page), "the table in docs/updates.md is old: run scripts/sdl"

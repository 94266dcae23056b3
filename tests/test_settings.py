"""What the README and pyproject.toml say of the server is what the server has."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from lobby.settings import Settings
from lobby.version import VERSION

ROOT = Path(__file__).parents[1]


def test_the_readme_names_every_setting_and_no_other() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Settings\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`LOBBY_([A-Z_]+)`", table))

    assert {name.upper() for name in Settings.model_fields} == named


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == VERSION


def test_a_setting_that_is_out_of_bounds_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOBBY_MEMBERS_MAX", "9")

    with pytest.raises(ValueError, match="members_max"):
        Settings()


def test_without_a_secret_one_is_made_and_kept_beside_the_data(tmp_path: Path) -> None:
    settings = Settings(store=f"sqlite:///{tmp_path}/data/lobby.db")

    first = settings.secret_value().key("test")

    assert settings.secret_value().key("test") == first
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o777 == 0o600

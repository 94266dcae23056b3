"""Settings are read from the environment."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lobby.limits.rate_limiter import Rate, RateLimits
from schema.server_info import VERSION
from web.settings.settings import Settings, read_settings

ROOT = Path(__file__).parents[3]


def test_mutation_rates_are_added_to_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOBBY_RATE_LIMITS", "on")
    monkeypatch.setenv(
        "LOBBY_MUTATION_RATES", '{"set_ready": {"per_s": 1, "burst": 2}, "post_message": {"per_s": 9, "burst": 9}}'
    )
    rates = Settings().rates()

    assert rates is not None
    assert rates.of_mutation == {**RateLimits().of_mutation, "set_ready": Rate(1, 2), "post_message": Rate(9, 9)}


def test_a_rate_of_an_unknown_kind_of_mutation_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOBBY_MUTATION_RATES", '{"post_mesage": {"per_s": 1, "burst": 2}}')

    with pytest.raises(SystemExit, match=r"LOBBY_MUTATION_RATES: .*'post_mesage'.*post_message"):
        read_settings({})


def test_an_invalid_setting_is_named_with_its_variable_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOBBY_MEMBERS_MAX", "9")

    with pytest.raises(SystemExit, match=r"^LOBBY_MEMBERS_MAX: Input should be less than or equal to 8$"):
        read_settings({})


def test_the_version_is_the_one_in_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == VERSION


def test_a_missing_secret_is_made_and_kept_beside_the_data(tmp_path: Path) -> None:
    settings = Settings(store=f"sqlite:///{tmp_path}/data/lobby.db")

    first = settings.secret_value().key("test")

    assert settings.secret_value().key("test") == first
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("given", "prefix"), [("", ""), ("/", ""), ("/lobby", "/lobby"), ("/games/lobby/", "/games/lobby")]
)
def test_the_prefix_of_paths_is_read_with_or_without_a_slash_at_its_end(given: str, prefix: str) -> None:
    assert Settings(root_path=given).root_path == prefix


def test_a_prefix_that_is_not_a_path_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOBBY_ROOT_PATH", "lobby")
    with pytest.raises(SystemExit, match=r"LOBBY_ROOT_PATH: 'lobby' is not a path such as /lobby"):
        read_settings({})

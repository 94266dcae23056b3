"""Settings are read from the environment."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr

from lobby.limits.rate_limiter import Rate, RateLimits
from schema.server_info import VERSION
from web.settings.secret_files import secret_names
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


def test_each_setting_that_can_be_wrong_is_named_alone_or_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    anything = {str, str | None, Path, Path | None, SecretStr | None}
    names = [name for name, field in Settings.model_fields.items() if field.annotation not in anything]
    for name in names:
        monkeypatch.setenv(f"LOBBY_{name.upper()}", "nonsense")
    with pytest.raises(SystemExit) as stopped:
        read_settings({})
    named = {line.partition(":")[0] for line in str(stopped.value.code).splitlines()}

    assert len(names) > 100
    assert {f"LOBBY_{name.upper()}" for name in names} <= named


@pytest.mark.parametrize("name", ["trusted_proxies", "mutation_rates", "issuers"])
def test_a_list_that_is_not_json_is_named_with_an_example(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"LOBBY_{name.upper()}", "10.0.0.1")

    with pytest.raises(SystemExit, match=rf"^LOBBY_{name.upper()}: must be an? \w+ as JSON, such as [\[{{]"):
        read_settings({})


def test_each_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text, hashes = "0123456789abcdef0123456789abcdef", json.dumps([f"sha256:{'0' * 64}"])
    values = dict.fromkeys(secret_names(Settings.model_fields), text)
    values |= {"service_keys": hashes, "operator_keys": hashes, "moderator_keys": hashes.replace("sha", "mia=sha")}
    values |= {"previous_secrets": json.dumps([text]), "store": "memory://"}
    values |= {"issuers": json.dumps([{"issuer": "https://issuer.example", "audiences": ["game"]}])}
    for name, value in values.items():
        (tmp_path / name).write_text(f"{value}\n")
        monkeypatch.setenv(f"LOBBY_{name.upper()}_FILE", str(tmp_path / name))
    from_files = read_settings({})
    for name, value in values.items():
        monkeypatch.delenv(f"LOBBY_{name.upper()}_FILE")
        monkeypatch.setenv(f"LOBBY_{name.upper()}", value)

    assert from_files == read_settings({})
    assert from_files.events_secret is not None
    assert from_files.events_secret.get_secret_value() == text


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

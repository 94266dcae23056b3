"""A server that cannot start says in one line which setting is wrong, and what to do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.served.process import exit_text, failed_start, failed_start_of_python


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"secret": "s" * 31}, "LOBBY_SECRET: has 31 characters, at least 32 are needed"),
        ({"service_key": "k"}, "LOBBY_SERVICE_KEY: has 1 characters"),
        ({"previous_secrets": '[""]'}, "LOBBY_PREVIOUS_SECRETS: has 0 characters"),
        ({"trusted_proxies": '["10.0.0.0/99"]'}, "LOBBY_TRUSTED_PROXIES: '10.0.0.0/99' does not appear to be"),
        ({"allowed_origins": '["*"]'}, "LOBBY_ALLOWED_ORIGINS: '*' is not an origin such as https://"),
        ({"allowed_origins": '["play.example"]'}, "LOBBY_ALLOWED_ORIGINS: 'play.example' is not an origin"),
        ({"game_servers": '["udp://a:1"]'}, "LOBBY_GAME_SERVERS needs LOBBY_ALLOCATOR=static, and it is none"),
        ({"trusted_proxy": "10.0.0.1"}, "LOBBY_TRUSTED_PROXY is not a setting. Did you mean LOBBY_TRUSTED_PROXIES?"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], reason: str
) -> None:
    assert reason in exit_text(monkeypatch, **settings)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"secret": "s" * 31}, "LOBBY_SECRET: has 31 characters, at least 32 are needed"),
        ({"host": "203.0.113.9"}, "LOBBY_HOST and LOBBY_PORT: can't listen on 203.0.113.9:0: "),
        ({"host": "no.such.host.invalid"}, "LOBBY_HOST and LOBBY_PORT: can't listen on no.such.host.invalid:0: "),
        ({"store": "sqlite:////dev/null/lobby.db"}, "/dev/null"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_server_process_exits_with_the_reason(tmp_path: Path, settings: dict[str, str], reason: str) -> None:
    assert reason in failed_start(tmp_path, **settings)


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        said = failed_start_of_python(tmp_path, port=str(port))

    assert f"can't listen on 127.0.0.1:{port}: Address already in use" in said


def test_a_secret_that_is_lost_beside_data_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "lobby.db").touch()

    assert f"LOBBY_SECRET: {tmp_path}/data/secret is missing" in failed_start(tmp_path)
    assert not (tmp_path / "data" / "secret").exists()


@pytest.mark.parametrize("kind", ["folder", "dangling link"])
def test_a_secret_file_that_is_no_file_is_named(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "data" / "secret"
    secret.parent.mkdir()
    if kind == "folder":
        secret.mkdir()
    else:
        secret.symlink_to("nowhere")

    assert f"the secret file {secret} can't be used: " in failed_start(tmp_path)


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    """The server gets as far as the port, which is wrong on purpose."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert "Address already in use" in failed_start(tmp_path, secret="", operator_keys="", port=str(port))

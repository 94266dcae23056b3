"""`adventurebot-lobby check` names what is wrong, tries what the settings name, and hides secrets."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from adventurebot_lobby.__main__ import main
from tests.lobby.auth.external.fake_issuer import publishing
from tools.chaos.ports import free_ports
from tools.chaos.valkey.server import ValkeyServer

SECRET = "0123456789abcdef0123456789abcdef"
SIGNING_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("LOBBY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LOBBY_STORE", f"sqlite:///{tmp_path}/data/lobby.db")


def check(monkeypatch: pytest.MonkeyPatch, *arguments: str, **settings: str) -> int | None:
    """The exit code."""
    for name, value in settings.items():
        monkeypatch.setenv(f"LOBBY_{name.upper()}", value)
    return main(["check", *arguments])


def test_settings_that_work_are_shown_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n")
    code = check(
        monkeypatch,
        secret=SECRET,
        service_key_file=str(tmp_path / "key"),
        previous_secrets=json.dumps([SECRET]),
        members_max="4",
    )
    shown = capsys.readouterr().out

    assert code == 0
    assert SECRET not in shown
    assert "LOBBY_SECRET=(hidden)  (set)" in shown
    assert f"LOBBY_SERVICE_KEY=(hidden)  (from the file {tmp_path}/key)" in shown
    assert "LOBBY_MEMBERS_MAX=4  (set)" in shown
    assert "LOBBY_COUNTDOWN_S" not in shown
    assert "there is no file yet, the first start makes it" in shown
    assert not (tmp_path / "data").exists()


def test_settings_with_their_defaults_are_shown_where_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(monkeypatch, "--all") == 0
    assert "LOBBY_COUNTDOWN_S=5  (default)" in capsys.readouterr().out


def test_everything_that_is_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "short").write_text("short\n")
    with pytest.raises(SystemExit) as stopped:
        check(
            monkeypatch,
            members_max="9",
            trusted_proxy="10.0.0.1",
            secret=SECRET,
            secret_file="secret",
            discord_client_secret_file="/nowhere",
            service_key_file=str(tmp_path / "short"),
        )
    lines = str(stopped.value.code).splitlines()

    assert lines == [
        "LOBBY_TRUSTED_PROXY is not a setting. Did you mean LOBBY_TRUSTED_PROXIES?",
        "LOBBY_SECRET and LOBBY_SECRET_FILE: set one of them",
        "LOBBY_DISCORD_CLIENT_SECRET_FILE: can't use /nowhere: No such file or directory",
        *(
            line
            for line in lines[3:]
            if line.startswith(("LOBBY_SERVICE_KEY: has 5 characters", "LOBBY_MEMBERS_MAX: "))
        ),
    ]
    assert len(lines) == 5


def test_an_issuer_that_answers_is_told_from_one_that_does_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [port] = free_ports(1)
    away = f"http://127.0.0.1:{port}"
    with publishing() as issuer:
        here = {"issuer": issuer.issuer, "audiences": ["game"], "jwks_url": f"{issuer.url}/jwks"}
        issuers = [here, {"issuer": away, "audiences": ["game"]}]
        code = check(monkeypatch, issuers=json.dumps(issuers))
    shown = capsys.readouterr().out

    assert code == 1
    assert f"ok     LOBBY_ISSUERS, {issuer.issuer}: its keys can be read" in shown
    assert f"wrong  LOBBY_ISSUERS, {away}: its keys can't be read from {away}/.well-known" in shown


def test_an_allocator_that_nobody_answers_for_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [port] = free_ports(1)
    url = f"http://user:password@127.0.0.1:{port}/allocate"
    code = check(monkeypatch, allocator="webhook", allocator_url=url, allocator_secret=SIGNING_SECRET)
    shown = capsys.readouterr().out

    assert code == 1
    assert f"wrong  LOBBY_ALLOCATOR_URL=http://…@127.0.0.1:{port}/allocate: nobody answers there" in shown
    assert "password" not in shown


def test_a_file_of_a_newer_server_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "newer.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE parties (closed_at INTEGER)")
        connection.execute("PRAGMA user_version = 1000")
    connection.close()

    assert check(monkeypatch, store=f"sqlite:///{file}", secret=SECRET) == 1
    assert "a newer server has written it (schema 1000)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"store": "sqlite:///{folder}/file/data/lobby.db"}, "{folder}/file is no folder"),
        (
            {"socket": "{folder}/nowhere/http.sock"},
            "wrong  LOBBY_SOCKET={folder}/nowhere/http.sock: {folder}/nowhere is no folder",
        ),
        ({"host": "192.0.2.1"}, "wrong  LOBBY_HOST=192.0.2.1: can't listen there: Cannot assign requested address"),
        (
            {"tls_cert_file": "{folder}/file", "tls_key_file": "{folder}/file"},
            "wrong  LOBBY_TLS_CERT_FILE={folder}/file and LOBBY_TLS_KEY_FILE={folder}/file: no certificate with its key",
        ),
        ({"traces_url": "http://127.0.0.1:9"}, "wrong  LOBBY_TRACES_URL=http://127.0.0.1:9: nobody answers there"),
        ({"word_list": "{folder}/nowhere"}, "wrong  the filter for names and texts: LOBBY_WORD_LIST: "),
        ({"discord_client_id": "1"}, "wrong  Discord: LOBBY_DISCORD_CLIENT_ID and LOBBY_DISCORD_CLIENT_SECRET"),
    ],
    ids=lambda part: next(iter(part)) if isinstance(part, dict) else "",
)
def test_what_a_server_could_not_use_is_named(
    settings: dict[str, str],
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("no certificate")
    given = {name: value.format(folder=tmp_path) for name, value in settings.items()}

    assert check(monkeypatch, **given) == 1
    assert problem.format(folder=tmp_path) in capsys.readouterr().out


def test_a_valkey_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], valkey: ValkeyServer
) -> None:
    assert check(monkeypatch, store=valkey.url, secret=SECRET) == 0
    assert "ok     LOBBY_STORE=valkey://" in capsys.readouterr().out


def test_the_url_of_a_store_may_lie_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "store").write_text("memory://\n")
    monkeypatch.delenv("LOBBY_STORE")

    assert check(monkeypatch, store_file=str(tmp_path / "store")) == 0
    assert f"LOBBY_STORE=memory://  (from the file {tmp_path}/store)" in capsys.readouterr().out

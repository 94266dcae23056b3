"""The WebGL part of the Unity package: the browser's socket and its localStorage behind the interfaces of the package."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.needs import needs
from tests.served.lobby import lobby
from tests.unity.mono import IN_UNITY, RUNTIME, STUBS, compile_csharp, sources

LIBRARY = RUNTIME / "Plugins/WebGL/AdventureBot2LobbySocket.jslib"
STORE = LIBRARY.with_name("AdventureBot2LobbyStore.jslib")
PLAYER = Path(__file__).with_name("browser") / "follow.mjs"
_RUN_WAIT_S = 20


def run_player(url: str, token: str) -> list[dict[str, Any]]:
    needs("tests/js")
    command: list[str | Path] = [needs("node"), PLAYER, LIBRARY, url, token]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=_RUN_WAIT_S, check=True)
    return [json.loads(line) for line in completed.stdout.splitlines()]


def test_the_code_for_browsers_compiles(tmp_path: Path) -> None:
    compile_csharp(tmp_path / "compiled.dll", [*sources(RUNTIME), *sources(STUBS)], defines=[IN_UNITY, "UNITY_WEBGL"])


def test_tabs_share_what_is_stored_and_a_page_without_a_store_says_so() -> None:
    command: list[str | Path] = [needs("node"), PLAYER.with_name("store.mjs"), STORE]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=_RUN_WAIT_S, check=True)

    assert json.loads(completed.stdout) == {
        "empty": "",
        "saved": 1,
        "seen": "Brünhild \N{SNOWMAN}",
        "cleared": 1,
        "gone": "",
        "sandboxed": ["", 0],
    }


def test_frames_go_both_ways_and_a_close_has_its_code() -> None:
    with lobby() as address:
        events = run_player(address.socket, "")

    opened, acknowledged, answered, notice, closed = events
    assert opened == {"kind": "opened"}
    assert acknowledged["said"] == {"type": "connection_ack"}
    assert answered["said"] == {"type": "pong", "payload": {"from": "Brünhild"}}
    assert notice["said"]["payload"]["closing"]["code"] == 4400
    assert (closed["kind"], closed["code"]) == ("closed", 4400)


def test_an_unreachable_server_is_reported_as_a_lost_connection() -> None:
    assert [(news["kind"], news["code"]) for news in run_player("ws://127.0.0.1:1/graphql", "")] == [("closed", 1006)]

"""The hand-over to Netcode, on stubs of it and against a running server: host, players, a new host, the run continued."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.served.lobby import lobby
from tests.unity.compiler import Compilation
from tests.unity.conftest import Build
from tests.unity.hosting.build import HOSTING, NETCODE, NETCODE_DEFINES, hosting_library, netcode_library
from tests.unity.mono import IN_UNITY, LEAVE, RUNTIME, STUBS, compile_csharp, run_program, sources
from tests.unity.roslyn import compile_for_dotnet, run_on_dotnet
from tools.unity_codegen.package import PACKAGE

PAGE = PACKAGE / "Documentation~/netcode.md"
JOURNEY = Path(__file__).with_name("journey")
SETTINGS = {
    "countdown_s": 0,
    "grace_waiting_s": 30,
    "grace_in_progress_s": 30,
    "leader_grace_s": 30,
    "leader_idle_s": 600,
}
EXPECTED = {
    "before": "Waiting",
    "host": "Hosting/host/0.0.0.0/",
    "clients": "client/127.0.0.1:7802/True",
    "players": "Ada,Bram,Cleo",
    "mapped": "True",
    "ticket-fits": "True",
    "floor": "2",
    "saved": "stairs",
    "too-large": "refused",
    "copy": "Not let in: Spent",
    "garbage": "Not let in: Malformed",
    "empty": "Not let in: Malformed",
    "forged": "Not let in: BadSignature",
    "unsigned": "Not let in: BadSignature",
    "changed": "Not let in: BadSignature",
    "still-in": "Ada,Bram,Cleo",
    "while-away": "Ada,Cleo",
    "back": "Ada,Bram,Cleo/True",
    "new-host": "Hosting/Ada,Bram,Cleo/True",
    "moved": "Playing/True/True",
    "yielded": "The game cannot host the run. Another player is asked.",
    "encrypted": "a certificate/True/localhost",
    "loaded": "floor 2",
    "old-host": "True/HostChanged",
    "next-floor": "3",
    "saved-again": "hall",
    "left": "Left/True/Bram,Cleo",
    "came-back": "Ada,Bram,Cleo",
    "away": "2",
    "late": "Ada,Bram,Cleo",
    "ended": "Ended/Ended/Ended",
    "continued": "Hosting/Playing/floor 3",
    "relay": "relay/R7861",
}


async def test_three_players_change_the_host_and_continue_the_run_under_mono(inside: Build) -> None:
    references = [inside.library, hosting_library(inside), netcode_library(inside)]
    program = inside.library.with_name("Netcode.exe")
    compile_csharp(program, sources(JOURNEY), inside.defines, references)
    with lobby(**SETTINGS) as address:
        assert await run_program(program, address.base) == EXPECTED


async def test_three_players_change_the_host_and_continue_the_run_under_dotnet(tmp_path: Path) -> None:
    runtime, hosting, netcode = (tmp_path / f"AdventureBot2.Lobby{part}.dll" for part in ("", ".Hosting", ".Netcode"))
    program, defines = tmp_path / "Netcode.exe", [IN_UNITY, "UNITY_2022_2_OR_NEWER"]
    compile_for_dotnet(
        Compilation(runtime, [*sources(RUNTIME), *sources(STUBS)], defines),
        Compilation(hosting, sources(HOSTING), defines, [runtime]),
        Compilation(netcode, sources(NETCODE), [*defines, *NETCODE_DEFINES], [runtime, hosting]),
        Compilation(program, [*sources(JOURNEY), LEAVE], defines, [runtime, hosting, netcode]),
    )
    with lobby(**SETTINGS) as address:
        assert await run_on_dotnet(program, tmp_path, address.base) == EXPECTED


@pytest.mark.parametrize("defines", [("LOBBY_NETCODE",), (*NETCODE_DEFINES, "UNITY_WEBGL")], ids=["udp-only", "webgl"])
def test_it_compiles_with_an_older_transport_and_for_browsers(
    inside: Build, defines: tuple[str, ...], tmp_path: Path
) -> None:
    of_build = [each for each in inside.defines if each != "UNITY_EDITOR" or "UNITY_WEBGL" not in defines]
    compile_csharp(
        tmp_path / "compiled.dll", sources(NETCODE), [*of_build, *defines], [inside.library, hosting_library(inside)]
    )


def test_the_code_of_its_page_compiles(inside: Build, tmp_path: Path) -> None:
    files: list[Path] = []
    for number, block in enumerate(re.findall(r"```csharp\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)):
        files.append(tmp_path / f"Page{number}.cs")
        files[-1].write_text(block, encoding="utf-8")
    assert files
    references = [inside.library, hosting_library(inside), netcode_library(inside)]
    compile_csharp(tmp_path / "Page.dll", files, inside.defines, references)


def test_it_is_compiled_only_where_netcode_is_installed() -> None:
    assembly = json.loads((NETCODE / "AdventureBot2.Lobby.Netcode.asmdef").read_text(encoding="utf-8"))

    assert assembly["defineConstraints"] == ["LOBBY_NETCODE"]
    assert {each["define"]: each["name"] for each in assembly["versionDefines"]} == {
        "LOBBY_NETCODE": "com.unity.netcode.gameobjects",
        "LOBBY_NETCODE_WEBSOCKETS": "com.unity.transport",
    }

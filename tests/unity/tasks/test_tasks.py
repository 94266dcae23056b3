"""Calls of the lobby as Unity's Awaitable and as UniTask, on stubs of both and against a running server."""

from __future__ import annotations

import json
from pathlib import Path

from tests.served.lobby import lobby
from tests.unity.compiler import Compilation
from tests.unity.conftest import Build
from tests.unity.mono import IN_EDITOR, IN_UNITY, LEAVE, RUNTIME, STUBS, compile_csharp, run_program, sources
from tests.unity.roslyn import compile_for_dotnet, run_on_dotnet
from tools.unity_codegen.package import PACKAGE

HERE = Path(__file__).parent
STUB = HERE / "unitask"
BRIDGE = PACKAGE / "UniTask"
PLAY = [*sources(HERE / "play"), HERE.parent / "netcode/journey/Frames.cs"]
EXPECTED = {
    "stranger": "UNAUTHENTICATED/UNAUTHENTICATED",
    "awaitable": "Ada",
    "unitask": "Ada",
    "without-result": "both",
    "cancelled": "cancelled",
    "wait-cancelled": "cancelled",
}


async def test_calls_end_as_awaitables_and_unitasks_under_mono(inside: Build, tmp_path: Path) -> None:
    unitask = compile_csharp(tmp_path / "UniTask.dll", sources(STUB))
    bridge = tmp_path / "AdventureBot2.Lobby.UniTask.dll"
    compile_csharp(bridge, sources(BRIDGE), inside.defines, [inside.library, unitask], documented=True)
    library = tmp_path / inside.library.name
    library.write_bytes(inside.library.read_bytes())
    program = compile_csharp(tmp_path / "Tasks.exe", PLAY, inside.defines, [library, unitask, bridge])

    with lobby() as address:
        assert await run_program(program, address.base) == EXPECTED


async def test_calls_end_as_awaitables_and_unitasks_under_dotnet(tmp_path: Path) -> None:
    library, unitask, bridge = libraries = [
        tmp_path / f"{name}.dll" for name in ("AdventureBot2.Lobby", "UniTask", "AdventureBot2.Lobby.UniTask")
    ]
    program = tmp_path / "Tasks.exe"
    compile_for_dotnet(
        Compilation(library, [*sources(RUNTIME), *sources(STUBS)], IN_EDITOR),
        Compilation(unitask, sources(STUB)),
        Compilation(bridge, sources(BRIDGE), IN_EDITOR, [library, unitask]),
        Compilation(program, [*PLAY, LEAVE], IN_EDITOR, libraries),
    )

    with lobby() as address:
        assert await run_on_dotnet(program, tmp_path, address.base) == EXPECTED


def test_a_unity_without_awaitables_compiles_the_package_without_them(tmp_path: Path) -> None:
    stubs = [path for path in sources(STUBS) if path.name != "Awaitable.cs"]

    compile_csharp(
        tmp_path / "AdventureBot2.Lobby.dll", [*sources(RUNTIME), *stubs], [IN_UNITY, "UNITY_2022_1_OR_NEWER"]
    )


def test_the_bridge_is_compiled_only_where_unitask_is_installed() -> None:
    assembly = json.loads((BRIDGE / "AdventureBot2.Lobby.UniTask.asmdef").read_text(encoding="utf-8"))

    assert assembly["defineConstraints"] == ["LOBBY_UNITASK"]
    assert [(each["name"], each["define"]) for each in assembly["versionDefines"]] == [
        ("com.cysharp.unitask", "LOBBY_UNITASK")
    ]

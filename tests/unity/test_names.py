"""The package compiles beside a game that has a Player, a Party, a Session and a GameType of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unity.compiler import Compilation, compile_all
from tests.unity.conftest import Build
from tests.unity.mono import IN_UNITY, RUNTIME, STUBS, compile_csharp, run_program, sources
from tools.unity_codegen.package import PACKAGE

GAME = sources(Path(__file__).with_name("names"))
PROGRAM = """
using AdventureBotLobby;

public static class Choices
{
    public static void Main()
    {
        for (int i = 0; i < LobbyGameTypes.All.Count; i++)
        {
            LobbyGameType value = LobbyGameTypes.All[i];
            System.Console.WriteLine(LobbyGameTypes.Names[i] + "=" + value + " " + LobbyGameTypes.IndexOf(value));
        }
        System.Console.WriteLine("unknown=" + LobbyGameTypes.IndexOf(LobbyGameType.Unknown));
        System.Console.WriteLine("visibilities=" + string.Join(",", LobbyVisibilities.Names));
        Leave.With(0);
    }
}
"""
_DECLARED = re.compile(r"^    public (?:\w+ )*(?:class|enum|struct|interface) (\w+)", re.MULTILINE)
_ONE_WORD = re.compile(r"[A-Z][a-z0-9]+|GameType|JsonReader|JsonWriter")


def test_a_game_with_types_of_the_same_names_compiles(inside: Build, tmp_path: Path) -> None:
    compile_csharp(tmp_path / "Game.dll", GAME, inside.defines, [inside.library])


def test_it_compiles_also_in_one_assembly_with_the_package(tmp_path: Path) -> None:
    """As in a project that has the package's files in its Assets."""
    library = tmp_path / "AdventureBot2.Lobby.dll"
    compile_all(
        Compilation(library, [*sources(RUNTIME), *sources(STUBS)], [IN_UNITY]),
        Compilation(tmp_path / "Game.dll", GAME, [IN_UNITY], [library]),
        Compilation(tmp_path / "Whole.dll", [*sources(RUNTIME), *sources(STUBS), *GAME], [IN_UNITY]),
    )


def test_no_public_type_has_a_name_of_one_word() -> None:
    """Most games have types with such names."""
    files = [path for path in sources(PACKAGE) if "Samples~" not in path.parts and "Tests" not in path.parts]
    declared = [name for path in files for name in _DECLARED.findall(path.read_text(encoding="utf-8"))]

    assert len(declared) > 100
    assert [name for name in declared if _ONE_WORD.fullmatch(name)] == []


def test_the_runtime_is_in_one_namespace_of_one_word() -> None:
    """A namespace AdventureBotLobby would hide a game's class Lobby, or be hidden by AdventureBot2.Lobby of the game."""
    texts = [path.read_text(encoding="utf-8") for path in sources(RUNTIME)]
    found = {name for text in texts for name in re.findall(r"^namespace (\S+)", text, re.MULTILINE)}

    assert found == {"AdventureBotLobby", "System.Diagnostics.CodeAnalysis"}, (
        "with an attribute that the compiler knows"
    )


@pytest.fixture
def choices(outside: Build, tmp_path: Path) -> Path:
    source = tmp_path / "Choices.cs"
    source.write_text(PROGRAM, encoding="utf-8")
    return compile_csharp(outside.library.with_name("Choices.exe"), [source], outside.defines, [outside.library])


async def test_a_dropdown_gets_the_values_without_unknown(choices: Path) -> None:
    assert await run_program(choices) == {
        "Solo": "Solo 0",
        "Coop": "Coop 1",
        "Pvp": "Pvp 2",
        "unknown": "-1",
        "visibilities": "Public,Private,Invite only",
    }

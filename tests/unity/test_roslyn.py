"""The package and its sample compile without a warning by the compiler of Unity, as C# 9, and play under .NET."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.served.lobby import lobby
from tests.unity.conftest import JOURNEY
from tests.unity.mono import IN_UNITY, LEAVE, RUNTIME, STUBS, sources
from tests.unity.roslyn import Compilation, Roslyn
from tests.unity.test_new_server import EXPECTED, play_new_server
from tools.unity_codegen.package import PACKAGE

SAMPLE = PACKAGE / "Samples~/LobbySample"
GAME = """
#nullable enable
using System.Threading.Tasks;
using AdventureBotLobby;

public static class Game
{
    public static async Task<string?> SitAsync(ILobbyClient lobby, LobbyParty party)
    {
        var result = await lobby.SetReadyAsync(party, true);
        LobbyMember? me = result.Value?.Party.Find(lobby.Player.Id);
        return me is { Ready: true } and not { IsLeader: true } ? me.Player.DisplayName : null;
    }
}
"""
"""A game with what C# 9 has, which is checked for null."""


@pytest.fixture(scope="module")
def roslyn(tmp_path_factory: pytest.TempPathFactory) -> Roslyn:
    return Roslyn(tmp_path_factory.mktemp("roslyn"))


async def test_the_package_compiles_as_csharp_9_and_plays_under_dotnet(roslyn: Roslyn, tmp_path: Path) -> None:
    library, program, game = tmp_path / "AdventureBot2.Lobby.dll", tmp_path / "Journey.exe", tmp_path / "Game.cs"
    game.write_text(GAME, encoding="utf-8")
    roslyn.compile(
        Compilation(
            library,
            [*sources(RUNTIME), *sources(STUBS), *sources(PACKAGE / "Hosting"), *sources(SAMPLE)],
            [IN_UNITY, "UNITY_2022_2_OR_NEWER"],
        ),
        Compilation(program, [*sources(JOURNEY), LEAVE], [IN_UNITY], [library]),
        Compilation(tmp_path / "Game.dll", [game], references=[library], nullable=True),
    )

    with lobby(grace_waiting_s=30, grace_in_progress_s=30) as address:
        played = await roslyn.run(program, tmp_path, "journey", address.base)
    used = await play_new_server(lambda url, code: roslyn.run(program, tmp_path, "new-server", url, code))

    assert played["joined"] == 'Ada,Bram "the" Bård \N{DRAGON}'
    assert played["kinds"].startswith("PartyCreated,MemberJoined,MemberUpdated,CountdownStarted,SessionStarted")
    assert used == EXPECTED, "also the change of host and the continued run"

"""The package and its sample compile without a warning by the compiler of Unity, as C# 9, and play under .NET."""

from __future__ import annotations

import re
from pathlib import Path

from tests.served.lobby import lobby
from tests.unity.compiler import Compilation, compile_all, find_faults
from tests.unity.conftest import JOURNEY
from tests.unity.mono import IN_UNITY, LEAVE, RUNTIME, STUBS, sources
from tests.unity.roslyn import compile_for_dotnet, run_on_dotnet
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
        if (result.IsRejected) return result.Rejection.Message;
        LobbyMember? me = result.Value.Party.Find(lobby.Player?.Id ?? "");
        return me is { Ready: true } and not { IsLeader: true } ? me.Player.DisplayName : party.Settings.Name;
    }

    public static string Line(PartyEvent happened)
    {
        return happened.Details switch
        {
            MemberJoinedEvent joined => joined.Member.Player.DisplayName + " has joined",
            MessagePostedEvent posted => posted.Author.DisplayName + ": " + posted.Text,
            SessionStartedEvent { Session: { Id: var id } } => id,
            null => "from a newer server: " + happened.Typename,
            _ => "",
        };
    }
}
"""
"""A game with what C# 9 has, which is checked for null."""
CARELESS = """
#nullable enable
using AdventureBotLobby;
using AdventureBotLobby.Hosting;

public static class Careless
{
    public static string Draw(LobbyResult<PartyChanged> result, ILobbyClient lobby, IPartyStream stream)
    {
        string session = result.Value.Party.Members[0].Player.Id;
        session += result.IsRejected ? result.Value.Party.Id : result.Rejection.Message;
        session += lobby.Player.Id + stream.Party.Id + stream.End.Message;
        stream.MemberJoined += happened => session += happened.Member.Player.Id;
        var input = new JoinPartyInput { JoinCode = null, Password = null };
        input.PartyId = new SetReadyInput { PartyId = null }.PartyId;
        return stream.Cursor;
    }

    public static string Host(GameRun run, LobbyAdmission admission)
    {
        string session = run.Session.Id;
        int term = run.Host.Term;
        return session + term + admission.Ticket.PlayerId;
    }
}
"""
"""A game that uses what may be null, in the lines 10 to 13, 15, 16 and 21 to 23."""


async def test_the_package_compiles_as_csharp_9_and_plays_under_dotnet(tmp_path: Path) -> None:
    library, program, game = tmp_path / "AdventureBot2.Lobby.dll", tmp_path / "Journey.exe", tmp_path / "Game.cs"
    game.write_text(GAME, encoding="utf-8")
    compile_for_dotnet(
        Compilation(
            library,
            [*sources(RUNTIME), *sources(STUBS), *sources(PACKAGE / "Hosting"), *sources(SAMPLE)],
            [IN_UNITY, "UNITY_2022_2_OR_NEWER"],
        ),
        Compilation(program, [*sources(JOURNEY), LEAVE], [IN_UNITY], [library]),
        Compilation(tmp_path / "Game.dll", [game], references=[library], nullable=True),
    )

    with lobby(grace_waiting_s=30, grace_in_progress_s=30) as address:
        played = await run_on_dotnet(program, tmp_path, "journey", address.base)
    used = await play_new_server(lambda url, code: run_on_dotnet(program, tmp_path, "new-server", url, code))

    assert played["joined"] == 'Ada,Bram "the" Bård \N{DRAGON}'
    assert played["kinds"].startswith("PartyCreated,MemberJoined,MemberUpdated,CountdownStarted,SessionStarted")
    assert used == EXPECTED, "also the change of host and the continued run"


def test_every_file_of_the_package_but_its_tests_is_annotated_for_null() -> None:
    head = "#nullable enable"
    files = [path for path in sources(PACKAGE) if "Tests" not in path.parts]
    bare = [path.name for path in files if head not in path.read_text(encoding="utf-8").splitlines()[:2]]

    assert bare == []


def test_a_game_is_warned_of_what_may_be_null(tmp_path: Path) -> None:
    library, hosting = tmp_path / "AdventureBot2.Lobby.dll", tmp_path / "AdventureBot2.Lobby.Hosting.dll"
    game = tmp_path / "Careless.cs"
    game.write_text(CARELESS, encoding="utf-8")
    compile_all(
        Compilation(library, [*sources(RUNTIME), *sources(STUBS)], [IN_UNITY]),
        Compilation(hosting, sources(PACKAGE / "Hosting"), [IN_UNITY], [library]),
    )

    faults = find_faults(Compilation(tmp_path / "Careless.dll", [game], references=[library, hosting]))

    found = {int(line) for line in re.findall(r"Careless\.cs\((\d+),\d+\): warning CS86", "\n".join(faults))}
    assert found == {10, 11, 12, 13, 15, 16, 21, 22, 23}

"""What the package's readme tells a Unity developer to do works as it stands there."""

from __future__ import annotations

import asyncio
import re
from asyncio.subprocess import PIPE
from pathlib import Path

from lobby.demo.http_client import http_client
from tests.journey.players import DOCUMENTS, guest
from tests.needs import needs
from tests.served.lobby import lobby
from tests.unity.conftest import Build
from tests.unity.mono import compiled, sources
from unity_codegen.package import PACKAGE

README = (PACKAGE / "README.md").read_text(encoding="utf-8")
HERE = Path(__file__).with_name("readme")
_BLOCK = re.compile(r"```csharp\n(.*?)```", re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
_STATEMENTS = """
using System.Threading;
using System.Threading.Tasks;
using AdventureBot2.Lobby;

public abstract class Statements{number}
{{
    public LobbyClient lobby;
    public string typed, password;
    public CancellationToken cancellation;
    public abstract void Ask(string words);
    public abstract void Show(string words);
    public abstract void Open(Party party);

    public async Task Act()
    {{
        {block}
    }}
}}
"""
"""Around a block of statements: what a game would have at hand."""
_WAIT_S = 20.0


def game(inside: Build, url: str) -> Path:
    """A program of the readme's own code, which differs in the server's address alone."""
    folder = inside.library.parent
    files = [*sources(HERE)]
    for number, block in enumerate(_BLOCK.findall(README)):
        file = folder / f"Readme{number}.cs"
        whole = block if block.startswith("using") else _STATEMENTS.format(number=number, block=block)
        file.write_text(whole.replace("http://127.0.0.1:8000", url), encoding="utf-8")
        files.append(file)
    return compiled(folder / "Readme.exe", files, inside.defines, [inside.library])


async def test_the_first_party_of_the_readme_can_be_joined(inside: Build) -> None:
    with lobby(grace_waiting_s=30) as address:
        async with http_client(address, DOCUMENTS) as http, asyncio.timeout(_WAIT_S):
            bram = await guest(http, address, "Bram")
            async with bram.watching("WatchLobby") as watch:
                program = game(inside, address.base)
                running = await asyncio.create_subprocess_exec(needs("mono"), program, stdin=PIPE, stdout=PIPE)
                assert running.stdin is not None
                assert running.stdout is not None
                await watch.until(lambda: bool(watch.events))
            party = watch.events[0]["party"]
            await bram.does("JoinById", partyId=party["id"])
            told = [(await running.stdout.readline()).decode().strip() for _ in range(2)]
            running.stdin.close()
            assert await running.wait() == 0
    assert told == ["Bram has joined", "Into the dark (2/8)"]


def test_the_readme_leads_to_files_that_are_there() -> None:
    assert [link for link in _LINK.findall(README) if not (PACKAGE / link).exists()] == []


def test_the_readme_names_each_event_of_a_party() -> None:
    events = (PACKAGE / "Runtime/Streams/PartyStream.Events.cs").read_text(encoding="utf-8")
    names = re.findall(r"public event Action<PartyEvent> (\w+);", events)
    assert [name for name in names if f"`{name}`" not in README] == []

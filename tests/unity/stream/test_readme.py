"""The code in the package's README and documentation compiles, and its first example works."""

from __future__ import annotations

import asyncio
import re
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.journey.players import DOCUMENTS, guest
from tests.needs import needs
from tests.served.lobby import lobby
from tests.unity.conftest import Build
from tests.unity.mono import compile_csharp, sources, stub_environment
from tools.demo.http_client import http_client
from tools.unity_codegen.package import PACKAGE

README = (PACKAGE / "README.md").read_text(encoding="utf-8")
GUIDE = PACKAGE / "Documentation~/from-adventurebot2.md"
PAGES = (PACKAGE / "README.md", *sorted((PACKAGE / "Documentation~").glob("*.md")))
HERE = Path(__file__).with_name("readme")
_BLOCK = re.compile(r"```csharp\n(.*?)```", re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
_STATEMENTS = """
using System.Threading;
using System.Threading.Tasks;
using AdventureBotLobby;

public abstract class Statements{number}
{{
    public LobbyClient lobby;
    public string typed, password;
    public CancellationToken cancellation;
    public abstract void Ask(string words);
    public abstract void Show(string words);
    public abstract void Open(LobbyParty party);

    public async Task Act()
    {{
        {block}
    }}
}}
"""
"""The class around a block of statements, with the members that a game has."""
_WAIT_S = 20.0


def game(inside: Build, url: str) -> Path:
    """A program with the code of the README, in which only the server's address differs, and of the guide."""
    folder = inside.library.parent
    files = [*sources(HERE)]
    for number, block in enumerate(_BLOCK.findall(README + GUIDE.read_text(encoding="utf-8"))):
        file = folder / f"Readme{number}.cs"
        whole = block if block.startswith("using") else _STATEMENTS.format(number=number, block=block)
        file.write_text(whole.replace("http://127.0.0.1:8000", url), encoding="utf-8")
        files.append(file)
    return compile_csharp(folder / "Readme.exe", files, inside.defines, [inside.library])


async def test_the_first_party_of_the_readme_can_be_joined(inside: Build, tmp_path: Path) -> None:
    with lobby(grace_waiting_s=30) as address:
        async with http_client(address, DOCUMENTS) as http, asyncio.timeout(_WAIT_S):
            bram = await guest(http, address, "Bram")
            async with bram.watching("WatchLobby") as watch:
                program = game(inside, address.base)
                process = await asyncio.create_subprocess_exec(
                    needs("mono"), program, stdin=PIPE, stdout=PIPE, env=stub_environment(tmp_path)
                )
                assert process.stdin is not None
                assert process.stdout is not None
                await watch.until(lambda: bool(watch.events))
            party = watch.events[0]["party"]
            await bram.does("JoinById", partyId=party["id"])
            printed = [(await process.stdout.readline()).decode().strip() for _ in range(3)]
            process.stdin.close()
            assert await process.wait() == 0
            environment = stub_environment(tmp_path / "again")
            left = await asyncio.create_subprocess_exec(needs("mono"), program, "leave", stdout=PIPE, env=environment)
            output, _ = await left.communicate()
    assert output.decode().splitlines() == ["loops 0"], (
        "an object that is destroyed during a request leaks no connection"
    )
    name, code = printed[0].removesuffix(" (1/8)").split(", ")
    assert (name, len(code) > 0) == ("Into the dark", True)
    assert printed[1:] == ["Bram has joined", f"Into the dark, {code} (2/8)"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_all_links_lead_to_files(page: Path) -> None:
    links: list[str] = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []

"""The C# of the documentation plays a run against a real lobby, under Mono."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.parties import party_of, ready, running
from tests.journey.players import DOCUMENTS, guest
from tests.needs import ROOT
from tests.served.game_server import KEY
from tests.served.lobby import lobby
from tests.unity.mono import compile_csharp, run_program
from tools.demo.address import Address
from tools.demo.http_client import http_client


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with lobby(service_key=KEY, grace_in_progress_s=60) as address:
        yield address


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = [ROOT / "docs/examples/GameServer.cs", Path(__file__).with_name("Run.cs")]
    out = tmp_path_factory.mktemp("csharp") / "Run.exe"
    return compile_csharp(out, files)


async def test_it_takes_a_session_lets_players_in_and_completes_it(address: Address, program: Path) -> None:
    async with http_client(address, DOCUMENTS) as http:
        ada, bram = [await guest(http, address) for _ in range(2)]
        party = await party_of(ada, bram, teams=2)
        await ada.does("UpdateMember", partyId=party["id"], characterClass='Knight "of" \\ é \U0001f9d9')
        await ready(party, bram)
        started = await ada.does("StartSession", partyId=party["id"])
        session = await running(ada, started["session"]["id"])
        tickets = [
            (await player.does("JoinSession", sessionId=session["id"]))["ticket"]["token"] for player in (ada, bram)
        ]
        said = await run_program(program, address.base, KEY, session["id"], *tickets, ada.id, bram.id)
        assert said == {
            "heartbeat": "Running",
            "player": ada.id,
            "class": 'Knight "of" \\ é \U0001f9d9',
            "team": "1",
            "seed": session["seed"],
            "other_class": "none",
            "forged": "True",
            "signature_of_another": "True",
            "nonsense": "True",
            "spent": "True",
            "spent_again": "False",
            "spent_other": "True",
            "floor": "True",
            "left": "True",
            "complete": "True",
            "after": "Over",
            "elsewhere": "True",
            "unknown": "Over",
        }
        ended = await ada.ask("Session", id=session["id"])
        assert (ended["status"], ended["floor"]) == ("COMPLETE", 4)
        assert (ended["outcome"], [player["id"] for player in ended["players"]]) == (
            'the "dragon" sleeps \\ é',
            [ada.id],
        )

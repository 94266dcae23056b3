"""The programs of the documentation verify the receipt of a finished run, and refuse one in which a byte was changed."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from tests.journey.parties import session_of
from tests.journey.players import DOCUMENTS, guest
from tests.needs import ROOT
from tests.served.game_server import KEY
from tests.served.lobby import lobby
from tests.unity.mono import compile_csharp, run_program
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.http_client import http_client

PAGE = (ROOT / "docs/game-servers.md").read_text(encoding="utf-8")
LINE = re.compile(r"```python\n(.*?)```", re.DOTALL)
Run = tuple[Answer, str, str]
"""The session after its end, its receipt, and a ticket of its time."""


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with lobby(service_key=KEY, grace_in_progress_s=60) as address:
        yield address


@pytest.fixture
async def finished(address: Address) -> Run:
    async with http_client(address, DOCUMENTS) as http:
        ada, bram, cleo = [await guest(http, address) for _ in range(3)]
        party, session = await session_of(ada, bram, teams=2)
        assert session["receipt"] is None, "it runs"
        await ada.does("UpdateSession", sessionId=session["id"], floor=7)
        await bram.does("LeaveSession", sessionId=session["id"])
        ticket = (await ada.does("JoinSession", sessionId=session["id"]))["ticket"]["token"]
        await ada.does("CompleteSession", sessionId=session["id"], outcome="the dragon sleeps")
        ended = await ada.ask("Session", id=session["id"])
        assert (await bram.ask("Session", id=session["id"]))["receipt"] == ended["receipt"], "who left it was in it"
        assert (await cleo.ask("Session", id=session["id"]))["receipt"] is None
        history = await ada.ask("PartyHistory", partyId=party["id"])
        ended["log"] = [
            entry["seq"] for entry in history if entry["__typename"] in ("CountdownStarted", "SessionEnded")
        ]
        ended["party_id"], ended["players_of_old"] = party["id"], [ada.id, bram.id]
        async with httpx.AsyncClient(base_url=address.base, trust_env=False) as rest:
            headers = {"Authorization": f"Bearer {ada.token}"}
            shown = (await rest.get(f"/session/{session['id']}", headers=headers)).json()
        assert shown["receipt"] == ended["receipt"]
        return ended, ended["receipt"], ticket


@pytest.fixture(scope="module")
def read_receipt() -> Callable[[str, str], dict[str, Any]]:
    """The function of the page."""
    [text] = [block for block in LINE.findall(PAGE) if "def read_receipt" in block]
    scope: dict[str, Any] = {}
    exec(text, scope)
    function: Callable[[str, str], dict[str, Any]] = scope["read_receipt"]
    return function


def changed(receipt: str) -> list[str]:
    """Copies with another letter at one place each: in the head, in the claims and in the signature.

    Not the last letter of a part: some of its bits may mean nothing.
    """
    places = [*range(3, len(receipt) - 2, 41)]
    return [
        receipt[:place] + ("A" if receipt[place] != "A" else "B") + receipt[place + 1 :]
        for place in places
        if "." not in receipt[place : place + 2]
    ]


async def test_the_python_program_reads_a_receipt_and_refuses_a_changed_byte(
    address: Address, finished: Run, read_receipt: Callable[[str, str], dict[str, Any]]
) -> None:
    session, receipt, ticket = finished
    claims = await asyncio.to_thread(read_receipt, receipt, address.base)
    ada, bram = session["players_of_old"]
    assert (claims["sub"], claims["party"], claims["floor"]) == (session["id"], session["party_id"], 7)
    assert claims["seats"] == [
        {"player": ada, "class": None, "team": 1},
        {"player": bram, "class": None, "team": 2},
    ]
    assert (claims["seed"], claims["outcome"], claims["attestedBy"]) == (session["seed"], "the dragon sleeps", "leader")
    assert (claims["startedAt"], claims["endedAt"]) == (session["startedAt"], session["endedAt"])
    assert [claims["log"]["first"], claims["log"]["last"]] == session["log"]
    assert re.fullmatch("[0-9a-f]{64}", claims["log"]["sha256"])
    for other in (*changed(receipt), ticket, "", "a.b.c"):
        with pytest.raises(jwt.InvalidTokenError):
            await asyncio.to_thread(read_receipt, other, address.base)


async def test_the_csharp_program_reads_a_receipt_and_refuses_a_changed_byte(
    address: Address, finished: Run, tmp_path: Path
) -> None:
    session, receipt, ticket = finished
    files = [ROOT / "docs/examples/GameServer.cs", Path(__file__).with_name("Receipt.cs")]
    program = compile_csharp(tmp_path / "Receipt.exe", files)
    others = [*changed(receipt), ticket, "a.b.c"]
    said = await run_program(program, address.base, receipt, *others)
    claims = json.loads(said["receipt1"])
    assert (claims["sub"], claims["log"]["last"]) == (session["id"], session["log"][1])
    assert {said[f"receipt{place}"] for place in range(2, len(others) + 2)} == {"refused"}

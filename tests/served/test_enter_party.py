"""Players who come at once to a party by one external key, on whole servers: on one file, and on two nodes over one Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.journey.players import DOCUMENTS, Player
from tests.served.lobby import guests, history, lobby
from tools.demo.http_client import http_client

ROUNDS = 5
PLAYERS = 8


@pytest.fixture(params=["sqlite", "two nodes over valkey"])
async def players(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[Player]]:
    """Eight players; where there are two nodes, four on each."""
    if request.param == "sqlite":
        settings, nodes = {"store": f"sqlite:///{tmp_path / 'lobby.db'}"}, 1
    else:
        settings, nodes = (
            {"store": request.getfixturevalue("valkey").url, "secret": "the secret of both of the two nodes"},
            2,
        )
    async with AsyncExitStack() as stack:
        signed_in: list[Player] = []
        for _ in range(nodes):
            address = stack.enter_context(lobby(**settings))
            http = await stack.enter_async_context(http_client(address, DOCUMENTS))
            signed_in += await guests(http, address, PLAYERS // nodes)
        yield signed_in


async def test_eight_at_once_on_a_new_key_make_one_party(players: list[Player]) -> None:
    for number in range(ROUNDS):
        wanted = {"externalKey": f"i-{number}", "settings": {"visibility": "PRIVATE"}, "leaveCurrent": True}
        answers = await asyncio.gather(*(player.does("EnterParty", **wanted) for player in players))
        (party_id,) = {answer["party"]["id"] for answer in answers}
        logs = [await history(player, party_id) for player in players]
        created = [entry for log in logs for entry in log if entry["__typename"] == "PartyCreated"]
        assert len(created) == 1, "the history of a player begins with the own first entry"
        party = await players[-1].ask("Party", id=party_id)
        assert {member["player"]["id"] for member in party["members"]} == {player.id for player in players}


async def test_a_key_that_is_given_up_is_taken_once_more(players: list[Player]) -> None:
    for number in range(ROUNDS):
        first, *others = players
        party = (await first.does("EnterParty", externalKey=f"k-{number}", leaveCurrent=True))["party"]
        outcomes = await asyncio.gather(
            first.does("DisbandParty", partyId=party["id"]),
            *(other.tries("EnterParty", externalKey=f"k-{number}", leaveCurrent=True) for other in others),
        )
        await asyncio.gather(
            *(other.does("EnterParty", externalKey=f"k-{number}", leaveCurrent=True) for other in others)
        )
        homes = {(await other.ask("MyParty"))["id"] for other in others}
        assert len(homes) == 1
        assert homes != {party["id"]}
        assert {answer["__typename"] for answer in outcomes} <= {"PartyChanged", "Rejection"}

"""Invites and blocks at the same moment as what they race with, over sockets, and what the logs say afterwards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, Player, guest
from tests.served.process import server_process
from tools.chaos.valkey.server import ValkeyServer
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.http_client import HttpClient, http_client

CLOCK_ERROR_S = 0.02
"""Over a Valkey, nodes go by its clock, which they know to a few milliseconds. The test goes by the clock of the machine."""
ROUNDS = 8
JITTERS_S = (0.0, 0.0, 0.0005, 0.001, 0.002)


@pytest.fixture(scope="module", params=["sqlite", "valkey"])
async def lobby(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[HttpClient, Address]]:
    """One server for all tests. Each test has players of its own."""
    settings: dict[str, Any] = {"rate_limits": "false"}
    if request.param == "valkey":
        valkey: ValkeyServer = request.getfixturevalue("valkey_of_all")
        valkey.flush()
        settings |= {"store": valkey.url, "secret": "the secret of the nodes of this test"}
    async with (
        server_process(tmp_path_factory.mktemp("races") / "lobby.db", **settings) as server,
        http_client(server.address, DOCUMENTS) as http,
    ):
        yield http, server.address


async def guests(lobby: tuple[HttpClient, Address], *names: str) -> list[Player]:
    return [await guest(*lobby, name) for name in names]


async def later(round: int, act: Awaitable[Answer]) -> Answer:
    await asyncio.sleep(JITTERS_S[round % len(JITTERS_S)])
    return await act


async def ends_of(player: Player, party_id: str) -> list[str]:
    """How the invites of the party ended, as its log says."""
    entries = await player.ask("PartyHistory", partyId=party_id, first=100)
    return [entry["invite"]["state"] for entry in entries if entry["__typename"] == "InviteEnded"]


async def members_of(player: Player, party_id: str) -> set[str]:
    party = await player.ask("Party", id=party_id)
    return {member["player"]["id"] for member in party["members"]}


@pytest.mark.parametrize("operation", ["RevokeInvite", "DeclineInvite"])
async def test_of_an_acceptance_and_another_end_exactly_one_happens(
    lobby: tuple[HttpClient, Address], operation: str
) -> None:
    ada, bram = await guests(lobby, "Ada", "Bram")
    for count in range(ROUNDS):
        party = await party_of(ada, visibility="INVITE_ONLY")
        sent = await ada.does("InvitePlayer", partyId=party["id"], playerId=bram.id)
        invite_id = sent["invite"]["id"]
        ender = ada if operation == "RevokeInvite" else bram
        accepted, ended = await asyncio.gather(
            bram.tries("AcceptInvite", inviteId=invite_id), later(count, ender.tries(operation, inviteId=invite_id))
        )
        is_in = bram.id in await members_of(ada, party["id"])
        assert (accepted["__typename"] == "PartyChanged") is is_in
        assert (ended["__typename"] == "InviteChanged") is not is_in
        loser = ended if is_in else accepted
        assert loser["code"] == "INVITE_GONE"
        other_end = "REVOKED" if operation == "RevokeInvite" else "DECLINED"
        assert await ends_of(ada, party["id"]) == ["ACCEPTED" if is_in else other_end]
        assert await bram.ask("Invites") == []
        await ada.does("DisbandParty", partyId=party["id"])


@pytest.mark.parametrize("ban", [False, True])
async def test_no_invite_outlives_the_kick_of_its_inviter(lobby: tuple[HttpClient, Address], ban: bool) -> None:
    ada, bram, cleo = await guests(lobby, "Ada", "Bram", "Cleo")
    for count in range(ROUNDS):
        party = await party_of(ada, bram, visibility="PRIVATE")
        sent = await bram.does("InvitePlayer", partyId=party["id"], playerId=cleo.id)
        accepted, _ = await asyncio.gather(
            cleo.tries("AcceptInvite", inviteId=sent["invite"]["id"]),
            later(count, ada.does("KickMember", partyId=party["id"], playerId=bram.id, ban=ban)),
        )
        is_in = cleo.id in await members_of(ada, party["id"])
        assert (accepted["__typename"] == "PartyChanged") is is_in
        assert is_in or accepted["code"] == "INVITE_GONE"
        assert await ends_of(ada, party["id"]) == ["ACCEPTED" if is_in else "REVOKED"]
        assert await cleo.ask("Invites") == []
        late = await cleo.tries("AcceptInvite", inviteId=sent["invite"]["id"])
        assert is_in or late["code"] == "INVITE_GONE"
        await ada.does("DisbandParty", partyId=party["id"])


async def test_two_invites_of_one_player_at_once_are_one(lobby: tuple[HttpClient, Address]) -> None:
    ada, bram, cleo = await guests(lobby, "Ada", "Bram", "Cleo")
    party = await party_of(ada, bram)
    for count in range(ROUNDS):
        both = await asyncio.gather(
            ada.does("InvitePlayer", partyId=party["id"], playerId=cleo.id),
            later(count, bram.does("InvitePlayer", partyId=party["id"], playerId=cleo.id)),
        )
        assert len({answer["invite"]["id"] for answer in both}) == 1
        await cleo.does("DeclineInvite", inviteId=both[0]["invite"]["id"])


async def test_no_quick_join_gets_past_a_block_that_was_answered(lobby: tuple[HttpClient, Address]) -> None:
    """Ada leads, and Bram blocks her, or she him, while he joins. If he is in her party, he came before the answer."""
    ada, bram = await guests(lobby, "Ada", "Bram")
    for count in range(ROUNDS):
        name = f"Round {uuid4().hex}"
        party = await party_of(ada, name=name)
        blocker, blocked = (ada, bram) if count % 2 else (bram, ada)
        wanted = {"nameContains": name}
        joined, (answered_at, block) = await asyncio.gather(
            bram.tries("QuickJoin", filter=wanted),
            _timed(later(count, blocker.does("BlockPlayer", playerId=blocked.id))),
        )
        assert [player["id"] for player in block["blocked"]] == [blocked.id]
        entries = await ada.ask("PartyHistory", partyId=party["id"], first=100)
        seated_at = [entry["at"] for entry in entries if entry["__typename"] == "MemberJoined"]
        assert (joined["__typename"] == "PartyChanged") is bool(seated_at)
        if seated_at:
            assert datetime.fromisoformat(seated_at[0]).timestamp() <= answered_at + CLOCK_ERROR_S
            await bram.does("LeaveParty", partyId=party["id"])
        assert (await bram.tries("QuickJoin", filter=wanted))["code"] == "NOT_FOUND"
        await blocker.does("UnblockPlayer", playerId=blocked.id)
        await ada.does("DisbandParty", partyId=party["id"])


async def test_no_invite_is_delivered_past_a_block_that_was_answered(lobby: tuple[HttpClient, Address]) -> None:
    ada, bram = await guests(lobby, "Ada", "Bram")
    for count in range(ROUNDS):
        party = await party_of(ada, visibility="INVITE_ONLY")
        sent, _ = await asyncio.gather(
            ada.does("InvitePlayer", partyId=party["id"], playerId=bram.id),
            later(count, bram.does("BlockPlayer", playerId=ada.id)),
        )
        assert sent["invite"]["state"] == "PENDING", "the block does not show"
        assert await bram.ask("Invites") == []
        await bram.does("UnblockPlayer", playerId=ada.id)
        await ada.does("DisbandParty", partyId=party["id"])


async def _timed(act: Awaitable[Answer]) -> tuple[float, Answer]:
    """When the answer came, with the answer."""
    answer = await act
    return time.time(), answer

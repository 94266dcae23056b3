"""Waiting for a seat on a whole server: races for the seat, and restarts, on SQLite and over Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, Player, guest
from tests.served.process import ServerProcess, server_process
from tests.waiting import wait_until
from tools.chaos.valkey.server import ValkeyServer
from tools.demo.answers import Answer
from tools.demo.http_client import HttpClient, http_client

NAMES = ("Ada", "Bram", "Cleo", "Dov", "Eva")
ROUNDS = 5
HOLD_S = 2


@pytest.fixture(params=["sqlite", "valkey"])
def settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    limits = {"rate_limits": False, "seat_hold_s": HOLD_S}
    if request.param == "sqlite":
        return limits
    valkey: ValkeyServer = request.getfixturevalue("valkey")
    return {"store": valkey.url, "secret": "the secret of the nodes of this test", **limits}


@asynccontextmanager
async def server_of(tmp_path: Path, settings: dict[str, Any]) -> AsyncIterator[tuple[ServerProcess, HttpClient]]:
    async with (
        server_process(tmp_path / "lobby.db", **settings) as server,
        http_client(server.address, DOCUMENTS) as http,
    ):
        yield server, http


async def players(server: ServerProcess, http: HttpClient) -> list[Player]:
    return [await guest(http, server.address, name) for name in NAMES]


def ids(rows: list[Answer]) -> list[str]:
    return [row["player"]["id"] if "player" in row else row["id"] for row in rows]


async def waits(party: Answer, *waiting: Player) -> None:
    for player in waiting:
        await player.does("JoinById", partyId=party["id"], wait=True)


async def until_held(viewer: Player, party: Answer, *expected: Player) -> Answer:
    """The party, once seats are held for exactly these players."""
    seen: list[Answer] = []

    async def is_held() -> bool:
        seen.append(await viewer.ask("Party", id=party["id"]))
        return ids(seen[-1]["reservations"]) == [player.id for player in expected]

    await wait_until(is_held, within_s=20)
    return seen[-1]


async def answers(*calls: Any) -> list[Answer]:
    return list(await asyncio.gather(*calls))


def is_refused(answer: Answer) -> bool:
    return "code" in answer


async def test_races_for_a_seat_end_with_one_winner(tmp_path: Path, settings: dict[str, Any]) -> None:
    async with server_of(tmp_path, settings) as (server, http):
        ada, bram, cleo, dov, eva = await players(server, http)
        async with cleo.watching("WatchInbox"), dov.watching("WatchInbox"):
            for _ in range(ROUNDS):
                await _two_for_the_freed_seat(ada, bram, cleo, dov)
                await _a_held_seat_while_max_members_falls(ada, bram, cleo)
                await _the_party_closes_while_people_wait(ada, bram, cleo, dov, eva)


async def _two_for_the_freed_seat(ada: Player, bram: Player, cleo: Player, dov: Player) -> None:
    party = await party_of(ada, bram, maxMembers=2)
    await waits(party, cleo, dov)
    await bram.does("LeaveParty", partyId=party["id"])
    tried = await answers(*(one.tries("JoinById", partyId=party["id"]) for one in (cleo, dov, bram)))
    assert sum(not is_refused(answer) for answer in tried) <= 1
    seen = await ada.ask("Party", id=party["id"])
    assert len(seen["members"]) + len(seen["reservations"]) <= 2
    if len(seen["members"]) < 2:
        await until_held(ada, party, cleo)
        await cleo.does("JoinById", partyId=party["id"])
    await ada.does("DisbandParty", partyId=party["id"])


async def _a_held_seat_while_max_members_falls(ada: Player, bram: Player, cleo: Player) -> None:
    party = await party_of(ada, bram, maxMembers=2)
    await waits(party, cleo)
    await bram.does("LeaveParty", partyId=party["id"])
    await until_held(ada, party, cleo)
    joined, lowered = await answers(
        cleo.tries("JoinById", partyId=party["id"]),
        ada.tries("UpdateParty", partyId=party["id"], settings={"maxMembers": 1}),
    )
    seen = await ada.ask("Party", id=party["id"])
    assert is_refused(joined) is not is_refused(lowered)
    assert len(seen["members"]) + len(seen["reservations"]) <= seen["settings"]["maxMembers"]
    assert ids(seen["waiting"]) == ([] if is_refused(lowered) else [cleo.id])
    await ada.does("DisbandParty", partyId=party["id"])


async def _the_party_closes_while_people_wait(
    ada: Player, bram: Player, cleo: Player, dov: Player, eva: Player
) -> None:
    party = await party_of(ada, bram, maxMembers=2)
    await waits(party, cleo, dov)
    await answers(
        ada.tries("DisbandParty", partyId=party["id"]),
        eva.tries("JoinById", partyId=party["id"], wait=True),
        cleo.tries("StopWaiting", partyId=party["id"]),
    )
    for player in (cleo, dov, eva):  # nobody is bound to the closed party
        own = await player.does("CreateParty")
        await player.does("LeaveParty", partyId=own["party"]["id"])


async def test_a_holder_who_loses_the_connection_loses_the_seat_to_the_next(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    async with server_of(tmp_path, {**settings, "grace_waiting_s": 3}) as (server, http):
        ada, bram, cleo, dov, _ = await players(server, http)
        party = await party_of(ada, bram, maxMembers=2)
        async with ada.watching(partyId=party["id"]), dov.watching("WatchInbox") as inbox:
            await waits(party, cleo, dov)
            async with cleo.watching("WatchInbox"):
                await bram.does("LeaveParty", partyId=party["id"])
                await until_held(ada, party, cleo)
            await until_held(ada, party, dov)
            await inbox.until(lambda: any(event.get("heldUntil") is not None for event in inbox.events))
            await dov.does("JoinById", partyId=party["id"])
            assert (await cleo.tries("JoinById", partyId=party["id"]))["code"] == "PARTY_FULL"


async def test_a_player_who_connects_later_gets_the_seat_that_is_still_free(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    async with server_of(tmp_path, settings) as (server, http):
        ada, bram, cleo, dov, _ = await players(server, http)
        party = await party_of(ada, bram, maxMembers=2)
        await waits(party, cleo, dov)
        await bram.does("LeaveParty", partyId=party["id"])
        async with dov.watching("WatchInbox"):
            await until_held(ada, party, dov)
            await dov.does("JoinById", partyId=party["id"])


async def test_waiting_lists_and_held_seats_are_there_after_a_kill(tmp_path: Path, settings: dict[str, Any]) -> None:
    settings = {**settings, "seat_hold_s": 600}
    async with server_of(tmp_path, settings) as (server, http):
        everyone = await players(server, http)
        ada, bram, cleo, dov, eva = everyone
        party = await party_of(ada, bram, maxMembers=2)
        await waits(party, cleo, dov)
        async with cleo.watching("WatchInbox"):
            await bram.does("LeaveParty", partyId=party["id"])
            before = await until_held(ada, party, cleo)
            await server.kill()
    async with server_of(tmp_path, settings) as (server, http):
        ada, bram, cleo, dov, eva = (
            replace(one, client=http.as_player(one.token), address=server.address) for one in everyone
        )
        after = await ada.ask("Party", id=party["id"])
        assert (after["waiting"], after["reservations"]) == (before["waiting"], before["reservations"])
        assert ids(after["waiting"]) == [dov.id]
        assert (await eva.tries("JoinById", partyId=party["id"]))["code"] == "PARTY_FULL"
        joined = await cleo.does("JoinById", partyId=party["id"])
        assert ids(joined["party"]["members"]) == [ada.id, cleo.id]
        await dov.does("CreateParty")
        assert (await ada.ask("Party", id=party["id"]))["waiting"] == []

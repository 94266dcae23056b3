"""A saved run is continued by one of its players, and the others follow, after a restart and the end of the log of its party."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.journey.parties import party_of, ready, running
from tests.journey.players import DOCUMENTS, Player, guest
from tests.served.process import ServerProcess, server_process
from tests.waiting import wait_until
from tools.chaos.valkey.server import ValkeyServer
from tools.demo.answers import Answer
from tools.demo.http_client import HttpClient, http_client

NAMES = ("Ada", "Bram", "Cleo", "Dov")
CLASSES = ("Knight", "Mage", "Rogue", "Cleric")
STATE = '{"hp": [3, 4], "note": "☃"}'
LOG_KEPT_H = 0.5 / 3600
SWEEP_S = 0.5
GRACE_S = 8
"""The time in which a player has to come back after a restart. It is long enough on a slow machine."""


@pytest.fixture(params=["sqlite", "valkey"])
def settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param == "sqlite":
        return {}
    valkey: ValkeyServer = request.getfixturevalue("valkey")
    return {"store": valkey.url, "secret": "the secret of the nodes of this test"}


@asynccontextmanager
async def server_of(tmp_path: Path, settings: dict[str, Any]) -> AsyncIterator[tuple[ServerProcess, HttpClient]]:
    async with (
        server_process(tmp_path / "lobby.db", log_kept_h=LOG_KEPT_H, sweep_s=SWEEP_S, **settings) as server,
        http_client(server.address, DOCUMENTS) as http,
    ):
        yield server, http


def at(server: ServerProcess, http: HttpClient, *players: Player) -> list[Player]:
    """The same players, at the new address of the server."""
    return [replace(player, client=http.as_player(player.token), address=server.address) for player in players]


async def play_and_save(ada: Player, *others: Player) -> tuple[str, list[Answer]]:
    """The session of a run that was saved and has ended, and its seats. Its party is closed."""
    party = await party_of(ada, *others, teams=2, uniqueClasses=True, difficulty="Hard", name="The Crypt", maxMembers=4)
    for player, name in zip((ada, *others), CLASSES[: 1 + len(others)], strict=True):
        await player.does("UpdateMember", partyId=party["id"], characterClass=name)
    await ready(party, *others)
    started = await ada.does("StartSession", partyId=party["id"])
    session = await running(ada, started["session"]["id"])
    await ada.does("SaveCheckpoint", sessionId=session["id"], data="an older state")
    saved = await ada.does("SaveCheckpoint", sessionId=session["id"], data=STATE, label="the bridge")
    ended = await ada.does("CompleteSession", sessionId=session["id"], outcome="to be continued")
    assert ended["session"]["seats"] == saved["session"]["seats"]
    await ada.does("DisbandParty", partyId=party["id"])
    return session["id"], saved["session"]["seats"]


async def until_expired(player: Player, session_id: str) -> None:
    """The session is gone, and the log of its party with it."""

    async def is_gone() -> bool:
        return await player.ask("Session", id=session_id) is None

    await wait_until(is_gone, within_s=60)


async def test_a_saved_run_is_continued_after_a_restart_and_the_end_of_its_log(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    async with server_of(tmp_path, settings) as (server, http):
        players = [await guest(http, server.address, name) for name in (*NAMES, "Eve")]
        session_id, seats = await play_and_save(*players[:4])
        server.terminate()
        await server.exit_code()

    async with server_of(tmp_path, settings) as (server, http):
        ada, bram, cleo, dov, eve = at(server, http, *players)
        await until_expired(ada, session_id)

        runs = await cleo.ask("MyRuns")
        assert [(run["sessionId"], run["outcome"], run["seats"]) for run in runs["nodes"]] == [
            (session_id, "to be continued", seats)
        ]
        assert runs["nodes"][0]["checkpoint"]["label"] == "the bridge"
        assert (await eve.ask("MyRuns"))["nodes"] == []
        assert await eve.ask("CheckpointData", sessionId=session_id) is None
        assert (await eve.tries("ContinueRun", sessionId=session_id))["code"] == "NOT_FOUND"

        opened = (await cleo.does("ContinueRun", sessionId=session_id))["party"]
        own = {seat["player"]["id"]: (seat["characterClass"], seat["team"]) for seat in seats}
        assert {held["player"]["id"]: (held["characterClass"], held["team"]) for held in opened["reservations"]} == {
            player.id: own[player.id] for player in (ada, bram, dov)
        }
        assert (opened["freeSeats"], opened["memberCount"]) == (0, 1)
        assert (opened["settings"]["name"], opened["settings"]["difficulty"]) == ("The Crypt", "Hard")
        assert (await eve.tries("JoinById", partyId=opened["id"]))["code"] == "PARTY_FULL"
        assert (await eve.tries("ContinueRun", sessionId=session_id))["code"] == "NOT_FOUND"

        second = await bram.does("ContinueRun", sessionId=session_id)
        assert second["party"]["id"] == opened["id"], "a second continuation joins the first"
        again = await bram.does("ContinueRun", sessionId=session_id)
        assert (again["party"]["id"], again["seq"]) == (opened["id"], second["seq"])
        await asyncio.gather(ada.does("JoinById", partyId=opened["id"]), dov.does("ContinueRun", sessionId=session_id))

        party = await cleo.ask("Party", id=opened["id"])
        assert {m["player"]["id"]: (m["characterClass"], m["team"]) for m in party["members"]} == own
        assert party["reservations"] == []
        assert [m["isLeader"] for m in party["members"] if m["player"]["id"] == cleo.id] == [True]

        await ready(party, ada, bram, dov)
        started = await cleo.does("StartSession", partyId=opened["id"])
        session = await running(cleo, started["session"]["id"])
        seen = await cleo.does("JoinSession", sessionId=session["id"])
        assert seen["session"]["checkpoint"] == runs["nodes"][0]["checkpoint"]
        assert [await player.ask("CheckpointData", sessionId=session["id"]) for player in (ada, cleo)] == [STATE, STATE]
        assert await eve.ask("CheckpointData", sessionId=session["id"]) is None


async def test_a_seat_is_held_over_a_restart_and_ends_at_its_time(tmp_path: Path, settings: dict[str, Any]) -> None:
    """The seat is held at least until players had time to come back: for the grace of a waiting party."""
    short = {**settings, "reservation_s": 1, "grace_waiting_s": GRACE_S}
    async with server_of(tmp_path, short) as (server, http):
        ada, bram = [await guest(http, server.address, name) for name in NAMES[:2]]
        session_id, _ = await play_and_save(ada, bram)
        opened = (await ada.does("ContinueRun", sessionId=session_id))["party"]
        assert [held["player"]["id"] for held in opened["reservations"]] == [bram.id]
        await server.kill()

    async with server_of(tmp_path, short) as (server, http):
        ada, bram = at(server, http, ada, bram)

        async def has_ended() -> bool:
            return "ReservationsChanged" in watch.types

        async with ada.watching(partyId=opened["id"], after=opened["cursor"]) as watch:
            await wait_until(has_ended, within_s=60)
            event = await watch.until_type("ReservationsChanged")
        assert (event["party"]["reservations"], event["actorId"]) == ([], None)
        answer = await bram.tries("ContinueRun", sessionId=session_id)
        assert (answer["code"], answer["current"]["id"]) == ("ALREADY_CONTINUED", opened["id"])
        await bram.does("JoinById", partyId=opened["id"])

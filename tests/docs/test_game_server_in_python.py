"""The game server of the documentation as a process of its own: started by hand, killed, and stopped by the lobby's word."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journey.dungeon import KEY, InGame, example, said
from tests.journey.parties import session_of
from tests.journey.players import DOCUMENTS, Player, guest
from tests.served.lobby import lobby
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.http_client import HttpClient, http_client

SILENCE_S = 1.2


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with lobby(service_key=KEY, game_server_silence_s=SILENCE_S, grace_in_progress_s=60) as address:
        yield address


@pytest.fixture
async def http(address: Address) -> AsyncIterator[HttpClient]:
    async with http_client(address, DOCUMENTS) as client:
        yield client


@pytest.fixture
async def ada(http: HttpClient, address: Address) -> Player:
    return await guest(http, address)


@pytest.fixture
async def session(ada: Player) -> Answer:
    return (await session_of(ada))[1]


def arguments(address: Address, session: Answer) -> tuple[str, ...]:
    return "--lobby", address.base, "--session", session["id"], "--heartbeat-s", "0.3", "--report-endpoint"


async def test_started_by_hand_it_reports_where_it_is_and_one_that_is_killed_abandons_the_run(
    address: Address, ada: Player, session: Answer
) -> None:
    async with (
        ada.watching("WatchSession", sessionId=session["id"]) as watch,
        example("game_server.py", *arguments(address, session)) as process,
    ):
        _, host, port = await said(process)
        place = {"address": host, "port": int(port), "relayCode": None, "protocol": "udp"}
        await watch.until(lambda: place in [event.get("session", {}).get("endpoint") for event in watch.events])
        ticket = (await ada.does("JoinSession", sessionId=session["id"]))["ticket"]["token"]
        game = await InGame.enters(place, ticket)
        assert game.greeting == ["welcome", ada.id, "-"]
        process.kill()
        await game.leaves()
        ended = await watch.until_type("SessionEnded")
        assert (ended["session"]["status"], ended["party"]["state"]) == ("ABANDONED", "WAITING")


async def test_it_stops_when_the_lobby_says_that_the_run_is_over(
    address: Address, ada: Player, session: Answer
) -> None:
    async with example("game_server.py", *arguments(address, session)) as process:
        assert (await said(process))[0] == "listening"
        await ada.does("CompleteSession", sessionId=session["id"])
        assert await said(process) == ["over"]
        assert await process.wait() == 0

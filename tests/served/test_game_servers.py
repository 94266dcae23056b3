"""Reports of a game server with the service key, on a whole server, before and after a kill of that server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.journey.parties import running, session_of
from tests.journey.players import DOCUMENTS, Player, guest
from tests.served.game_server import KEY, GameServer, game_server
from tests.served.lobby import error_code, guests, lobby
from tests.served.process import server_process
from tests.waiting import wait_until
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.http_client import http_client

SILENCE_S = 2.0
"""Longer than a pause of a busy machine."""


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    graces = dict.fromkeys(("grace_waiting_s", "grace_starting_s", "grace_in_progress_s", "leader_grace_s"), 30)
    with lobby(service_key=KEY, game_server_silence_s=SILENCE_S, leader_idle_s=30, **graces) as address:
        yield address


@pytest.fixture
async def session(ada: Player, bram: Player) -> Answer:
    return (await session_of(ada, bram))[1]


@pytest.fixture
async def server(address: Address, session: Answer) -> AsyncIterator[GameServer]:
    async with game_server(address, session["id"]) as server:
        yield server


async def ticket(player: Player, session: Answer) -> str:
    token: str = (await player.does("JoinSession", sessionId=session["id"]))["ticket"]["token"]
    return token


async def test_a_ticket_lets_its_player_in_once(server: GameServer, bram: Player, session: Answer) -> None:
    shown = await ticket(bram, session)
    answer = await server.does("SpendTicket", ticket=shown)
    assert answer["session"]["arrived"] == [{"id": bram.id}]
    again = await server.tries("SpendTicket", ticket=shown)
    assert (again["code"], again["retryable"]) == ("TICKET_SPENT", False)


async def test_of_many_who_show_one_ticket_at_the_same_time_one_gets_in(
    server: GameServer, bram: Player, session: Answer
) -> None:
    shown = await ticket(bram, session)
    answers = await asyncio.gather(*(server.tries("SpendTicket", ticket=shown) for _ in range(20)))
    assert sorted(answer.get("code", "in") for answer in answers) == ["TICKET_SPENT"] * 19 + ["in"]


async def test_a_game_server_that_had_no_answer_asks_again_with_its_key(
    server: GameServer, bram: Player, session: Answer
) -> None:
    fields = {"ticket": await ticket(bram, session), "idempotencyKey": str(uuid4())}
    answers = [await server.does("SpendTicket", **fields) for _ in range(2)]
    assert [answer["replayed"] for answer in answers] == [False, True]
    other = await server.tries("SpendTicket", **{**fields, "idempotencyKey": str(uuid4())})
    assert other["code"] == "TICKET_SPENT"


async def test_a_ticket_into_one_session_opens_no_other(
    server: GameServer, cleo: Player, bram: Player, session: Answer
) -> None:
    _, other = await session_of(cleo)
    refusals = [await server.tries("SpendTicket", ticket=shown) for shown in (await ticket(cleo, other), "nonsense")]
    assert [refusal["code"] for refusal in refusals] == ["INVALID_CREDENTIALS"] * 2


async def test_players_are_reported_out_and_in_and_followers_hear_it(
    server: GameServer, ada: Player, bram: Player, session: Answer
) -> None:
    async with ada.watching("WatchSession", sessionId=session["id"]) as watch:
        await watch.until(lambda: bool(watch.events))  # the snapshot: later events come one by one
        gone = await server.does("ReportPlayers", left=[bram.id])
        assert [player["id"] for player in gone["session"]["players"]] == [ada.id]
        back = await server.does("ReportPlayers", entered=[bram.id])
        assert [player["id"] for player in back["session"]["players"]] == [ada.id, bram.id]
        await watch.until(lambda: watch.types.count("SessionUpdated") == 2)


async def test_a_silent_game_server_abandons_the_session_and_the_party_plays_again(
    server: GameServer, ada: Player, bram: Player, session: Answer
) -> None:
    async with ada.watching("WatchSession", sessionId=session["id"]) as watch:
        await watch.until(lambda: bool(watch.events))  # the snapshot: the silence counts from the heartbeat on
        await server.does("HeartbeatSession")
        ended = await watch.until_type("SessionEnded")
        assert (ended["session"]["status"], ended["actorId"], ended["party"]["state"]) == ("ABANDONED", None, "WAITING")
        over = await server.tries("HeartbeatSession")
        assert (over["code"], over["retryable"]) == ("SESSION_NOT_ACTIVE", False)
        again = await ada.does("StartSession", partyId=ended["party"]["id"], force=True)
        assert (await running(ada, again["session"]["id"]))["status"] == "IN_PROGRESS"


async def test_a_game_server_that_is_heard_of_keeps_the_session(
    server: GameServer, ada: Player, session: Answer
) -> None:
    until_s = asyncio.get_running_loop().time() + 1.5 * SILENCE_S
    while asyncio.get_running_loop().time() < until_s:
        await server.does("HeartbeatSession")
        await asyncio.sleep(SILENCE_S / 3)
    assert (await ada.ask("Session", id=session["id"]))["status"] == "IN_PROGRESS"


async def test_a_run_that_comes_to_nothing_is_abandoned_with_what_is_said_of_it(
    server: GameServer, session: Answer
) -> None:
    answer = await server.does("AbandonSession", outcome="the server caught fire")
    assert answer["session"]["status"] == "ABANDONED"


async def test_a_run_is_reported_and_finished(server: GameServer, ada: Player, session: Answer) -> None:
    reported = await server.does("ReportSession", floor=4, attributes=[{"key": "boss", "value": "dragon"}])
    assert reported["session"]["floor"] == 4
    finished = await server.does("FinishSession", outcome="the dragon sleeps")
    assert finished["session"]["status"] == "COMPLETE"
    assert (await ada.ask("MyParty"))["state"] == "WAITING"


@pytest.mark.parametrize("operation", ["HeartbeatSession", "SpendTicket", "ReportPlayers"])
async def test_players_and_strangers_are_no_game_servers(
    address: Address, ada: Player, session: Answer, operation: str
) -> None:
    fields = {"ticket": "x"} if operation == "SpendTicket" else {}
    async with game_server(address, session["id"]) as server:
        for token in (ada.token, "", KEY + "!"):
            posing = GameServer(server._client.as_player(token), session["id"])
            assert await error_code(posing.tries(operation, **fields)) == "UNAUTHENTICATED"


async def test_only_the_leader_and_a_game_server_abandon_a_run(
    address: Address, ada: Player, bram: Player, session: Answer
) -> None:
    async with game_server(address, session["id"]) as server:
        members = [GameServer(server._client.as_player(player.token), session["id"]) for player in (bram, ada)]
        assert (await members[0].tries("AbandonSession"))["code"] == "NOT_LEADER"
        assert (await members[1].does("AbandonSession"))["session"]["status"] == "ABANDONED"


async def test_a_game_server_is_told_nothing_that_is_the_members_own(server: GameServer, session: Answer) -> None:
    document = """mutation Look($input: SessionActionInput!) { heartbeatSession(input: $input) {
        ... on SessionChanged { party { joinCode } session { endpoint { address } } ticket { token } } } }"""
    body = {"query": document, "variables": {"input": {"sessionId": session["id"]}}}
    async with httpx.AsyncClient() as http:
        answer = await http.post(server._client._url, json=body, headers={"Authorization": f"Bearer {KEY}"})
    told = answer.json()["data"]["heartbeatSession"]
    assert (told["party"]["joinCode"], told["session"]["endpoint"], told["ticket"]) == (None, None, None)


async def test_the_key_set_has_the_key_of_now_the_next_and_the_last_and_may_be_kept_for_minutes(
    address: Address,
) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{address.base}/.well-known/jwks.json")
    assert len({key["kid"] for key in answer.json()["keys"]}) == 3
    assert answer.headers["cache-control"] == "public, max-age=300"


async def test_what_a_game_server_said_is_still_so_after_a_kill(tmp_path: Path) -> None:
    """A ticket stays spent; and the session has a whole silence again from when the lobby is back."""
    file, settings = tmp_path / "lobby.db", {"service_key": KEY, "game_server_silence_s": 1}
    async with server_process(file, **settings) as process, http_client(process.address, DOCUMENTS) as http:
        ada, bram = await guests(http, process.address, 2)
        _, session = await session_of(ada, bram)
        shown, unspent = await ticket(bram, session), await ticket(ada, session)
        async with game_server(process.address, session["id"]) as server:
            await server.does("HeartbeatSession")
            await server.does("SpendTicket", ticket=shown)
        await process.kill()
    await asyncio.sleep(1.3)  # longer than the allowed silence: nobody could report in this time
    async with server_process(file, **settings) as process, game_server(process.address, session["id"]) as server:
        assert (await server.tries("SpendTicket", ticket=shown))["code"] == "TICKET_SPENT"
        answer = await server.does("SpendTicket", ticket=unspent)
        assert answer["session"]["arrived"] == [{"id": ada.id}, {"id": bram.id}]

        async def is_over() -> bool:
            return (await server.tries("ReportSession", floor=1)).get("code") == "SESSION_NOT_ACTIVE"

        up_since = asyncio.get_running_loop().time()
        assert not await is_over()
        async with http_client(process.address, DOCUMENTS) as http:
            witness = await guest(http, process.address)

            async def is_abandoned() -> bool:
                seen = await witness.ask("Session", id=session["id"])
                return bool(seen["status"] == "ABANDONED")

            await wait_until(is_abandoned)
        assert asyncio.get_running_loop().time() - up_since > 0.7


async def test_its_documents_are_taken_where_no_others_are() -> None:
    with lobby(service_key=KEY, trusted_documents_only=True) as address:
        async with http_client(address, DOCUMENTS) as http:
            _, session = await session_of(await guest(http, address))
        async with game_server(address, session["id"]) as server:
            assert (await server.does("HeartbeatSession"))["session"]["id"] == session["id"]

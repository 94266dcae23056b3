"""Three nodes behind nginx and behind HAProxy, with the files of deploy/: everything works through them, a dying node too."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import httpx

from tests.deploy.conftest import Front
from tests.journey.players import Player, guest
from tests.web.event_client import events
from tests.web.updates_client import updates
from tools.demo.answers import Answer, NoAnswer
from tools.demo.http_client import HttpClient

AT_ONCE_S = 1.0
"""A proxy that buffers passes an event on with the next one, or a heartbeat; those are further apart."""
WATCH_SSE = "subscription ($id: ID!) { partyEvents(partyId: $id) { __typename seq } }"
WAIT_S = 20.0
AWAY_S = 6.0
"""Longer than the checks of a proxy take to find all nodes not ready."""
SOCKETS = 20


async def party_of(leader: Player, *others: Player) -> Answer:
    party: Answer = (await leader.does("CreateParty", settings={"name": "behind a proxy"}))["party"]
    for other in others:
        party = (await other.does("JoinById", partyId=party["id"]))["party"]
    return party


async def says(player: Player, party: Answer, text: str) -> int:
    """Returns the seq. Repeats the request with the same key while a dying node gives no answer."""
    key = f"{text}-{time.monotonic_ns()}"
    async with asyncio.timeout(WAIT_S):
        while True:
            with suppress(NoAnswer):
                answer = await player.tries("PostMessage", partyId=party["id"], text=text, idempotencyKey=key)
                if answer["__typename"] != "Rejection":
                    return int(answer["seq"])
            await asyncio.sleep(0.05)


async def test_whoever_watches_sees_what_others_do(front: Front, http: HttpClient) -> None:
    ada, bram = [await guest(http, front.address) for _ in range(2)]
    party = await party_of(ada, bram)
    async with bram.watching(partyId=party["id"]) as one, ada.watching(partyId=party["id"]) as other:
        for watch in (one, other):
            await watch.until_type("PartySnapshot")
        for text in ("one", "two", "three"):
            seq = await says(ada, party, text)
            for watch in (one, other):
                await watch.until_seq(seq)
                assert [event["text"] for event in watch.events if event["seq"] == seq] == [text]


async def test_events_of_a_stream_of_server_sent_events_are_not_held_back(front: Front, http: HttpClient) -> None:
    ada = await guest(http, front.address)
    party = await party_of(ada)
    headers = {"Authorization": f"Bearer {ada.token}"}
    async with events(front.address.base, WATCH_SSE, headers, id=party["id"]) as stream:
        await stream.receive()
        for text in ("one", "two", "three"):
            seq = await says(ada, party, text)
            async with asyncio.timeout(AT_ONCE_S):
                while (heard := await stream.receive()) is None or f'"seq":{seq}' not in heard.data:
                    pass


async def test_updates_come_over_a_plain_socket(front: Front, http: HttpClient) -> None:
    ada = await guest(http, front.address)
    party = await party_of(ada)
    async with updates(front.address.base, party_id=party["id"], token=ada.token) as socket:
        assert (await socket.receive())["type"] == "PartySnapshot"
        await says(ada, party, "hello")
        while (frame := await socket.receive())["type"] != "MessagePosted":
            pass
        assert frame["text"] == "hello"


async def test_paths_for_operators_are_closed_to_players(front: Front) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for path in ("/readyz", "/healthz", "/metrics", "/%6detrics", "/%72eadyz"):
            assert (await client.get(f"{front.address.base}{path}")).status_code == 403
        assert (await client.get(f"{front.address.base}/.well-known/jwks.json")).status_code == 200


async def test_streams_stay_open_while_the_valkey_is_away(front: Front, http: HttpClient) -> None:
    ada, bram = [await guest(http, front.address) for _ in range(2)]
    party = await party_of(ada, bram)
    async with bram.watching(partyId=party["id"]) as watch:
        await watch.until_type("PartySnapshot")
        front.valkey.freeze()
        try:
            await asyncio.sleep(AWAY_S)
            answer = await ada.tries("PostMessage", partyId=party["id"], text="hello?")
            assert (answer["code"], answer["retryable"]) == ("UNAVAILABLE", True)
        finally:
            front.valkey.thaw()
        seq = await says(ada, party, "hello")
        await watch.until_seq(seq)


async def test_after_a_rolling_restart_every_socket_connects_at_once(front: Front, http: HttpClient) -> None:
    ada = await guest(http, front.address)
    for node in front.nodes.nodes:
        await node.stop()
        await node.start()
        await node.wait_up()

    async def connects() -> None:
        async with ada.connected():
            pass

    await asyncio.gather(*(connects() for _ in range(SOCKETS)))


async def test_when_a_node_dies_its_players_go_on_with_others_and_miss_nothing(front: Front, http: HttpClient) -> None:
    ada, bram = [await guest(http, front.address) for _ in range(2)]
    party = await party_of(ada, bram)
    follower = Follower(bram, party)
    following = asyncio.create_task(follower.run())
    for node in front.nodes.nodes:
        await says(ada, party, f"before {node.name} dies")
        await node.kill()
        seqs = [await says(ada, party, f"{number} while {node.name} is dead") for number in range(3)]
        await follower.has(seqs[-1])
        await node.start()
        await node.wait_up()
        if follower.connections > 1:
            break
    following.cancel()
    await asyncio.wait([following])
    assert follower.connections > 1, "it was on one of them"
    assert follower.seqs == list(range(party["version"] + 1, follower.seqs[-1] + 1))


class Follower:
    """Follows a party through the proxy. Each connection, on any node, resumes with the cursor of the last event."""

    def __init__(self, player: Player, party: Answer) -> None:
        self.seqs: list[int] = []
        self.connections = 0
        self._player = player
        self._party_id = party["id"]
        self._cursor = party["cursor"]
        self._news = asyncio.Event()

    async def run(self) -> None:
        while True:
            with suppress(NoAnswer):
                async with self._player.connected() as client:
                    self.connections += 1
                    asked = {"partyId": self._party_id, "after": self._cursor}
                    async for payload in client.subscribe("WatchParty", asked):
                        self._take(payload["data"]["partyEvents"])
            await asyncio.sleep(0.05)

    async def has(self, seq: int) -> None:
        async with asyncio.timeout(WAIT_S):
            while not self.seqs or self.seqs[-1] < seq:
                self._news.clear()
                await self._news.wait()

    def _take(self, event: Answer) -> None:
        if event["__typename"] != "Heartbeat":
            self.seqs.append(event["seq"])
            self._cursor = event["cursor"]
            self._news.set()

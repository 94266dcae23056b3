"""Killed right after answers, and started again on the same file: everything is as it was answered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count, cycle
from pathlib import Path
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.journey.parties import party_of, session_of
from tests.journey.players import DOCUMENTS, Player
from tests.served.lobby import guests, history
from tests.served.process import ServerProcess, server_process
from tests.waiting import wait_until
from tools.demo.answers import Answer, NoAnswer
from tools.demo.http_client import HttpClient, http_client

BURST_MIN = 40


@asynccontextmanager
async def running(file: Path) -> AsyncIterator[tuple[ServerProcess, HttpClient]]:
    async with server_process(file) as server, http_client(server.address, DOCUMENTS) as http:
        yield server, http


def at(server: ServerProcess, http: HttpClient, *players: Player) -> list[Player]:
    """The same players, with the tokens they have, at the server's new address."""
    return [replace(player, client=http.as_player(player.token), address=server.address) for player in players]


@dataclass(slots=True)
class Burst:
    """Two parties: in the old one everybody talks at once, and one player runs to and fro between the two."""

    talker: Player
    wanderer: Player
    old: Answer
    new: Answer
    answered: list[str] = field(default_factory=list)

    async def rages(self, server: ServerProcess) -> None:
        """Act until the server is killed in the middle of it."""
        work = (self._talks("one"), self._talks("two"), self._wanders())
        busy = [asyncio.create_task(each) for each in work]

        async def is_hot() -> bool:
            return len(self.answered) >= BURST_MIN

        await wait_until(is_hot)
        await server.kill()
        await asyncio.gather(*busy)

    async def _talks(self, name: str) -> None:
        with suppress(NoAnswer):
            for number in count():
                text = f"{name} {number}"
                await self.talker.does("PostMessage", partyId=self.old["id"], text=text)
                self.answered.append(text)

    async def _wanders(self) -> None:
        with suppress(NoAnswer):
            for party in cycle((self.new, self.old)):
                await self.wanderer.does("JoinByCode", joinCode=party["joinCode"], leaveCurrent=True)


@dataclass(slots=True)
class Life:
    """Answers of a server that was then killed, and the next server on the same file."""

    server: ServerProcess
    http: HttpClient
    ann: Player
    bob: Player
    cid: Player
    party: Answer
    session: Answer
    ticket: str
    cursor: str
    signed_in: Answer
    creating: Answer
    created: Answer
    log: list[Answer]
    said: Answer
    burst: Burst


async def lived(server: ServerProcess, http: HttpClient) -> Life:
    """Ann and Bob in a session, Cid in a party of a key; Bob's message behind Ann's log; and elsewhere the burst."""
    ann, bob, cid, dan, eve, fay = await guests(http, server.address, 6)
    burst = Burst(dan, eve, old=await party_of(dan, eve), new=await party_of(fay))
    signed_in = (await http.run("SignInAsGuest", {"input": {"displayName": "Dan"}}))["credentials"]
    creating: Answer = {"settings": {"name": "Once"}, "idempotencyKey": str(uuid4())}
    created = await cid.does("CreateParty", **creating)
    party, session = await session_of(ann, bob)
    updated = await ann.does("UpdateSession", sessionId=session["id"], floor=7)
    ticket = (await bob.does("JoinSession", sessionId=session["id"]))["ticket"]["token"]
    log = await history(ann, party["id"])
    said = await bob.does("PostMessage", partyId=party["id"], text="famous last words")
    cursor = updated["party"]["cursor"]
    await burst.rages(server)
    return Life(
        server, http, ann, bob, cid, party, session, ticket, cursor, signed_in, creating, created, log, said, burst
    )


@pytest.fixture(scope="module")
async def life(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Life]:
    file = tmp_path_factory.mktemp("killed") / "data" / "lobby.db"
    async with running(file) as (server, http):
        life = await lived(server, http)
    async with running(file) as (server, http):
        ann, bob, cid = at(server, http, life.ann, life.bob, life.cid)
        talker, wanderer = at(server, http, life.burst.talker, life.burst.wanderer)
        burst = replace(life.burst, talker=talker, wanderer=wanderer)
        yield replace(life, server=server, http=http, ann=ann, bob=bob, cid=cid, burst=burst)


async def test_the_party_is_as_answered(life: Life) -> None:
    assert await life.bob.ask("MyParty") == life.said["party"]


async def test_the_log_is_as_answered(life: Life) -> None:
    restored = await history(life.ann, life.party["id"])
    assert restored[: len(life.log)] == life.log
    last = restored[len(life.log)]
    assert (last["seq"], last["text"]) == (life.said["seq"], "famous last words")


async def test_the_code_leads_to_the_party(life: Life) -> None:
    joined = await life.bob.does("JoinByCode", joinCode=life.party["joinCode"])
    assert joined["party"]["id"] == life.party["id"]


async def test_the_session_runs_on(life: Life) -> None:
    session = await life.ann.ask("Session", id=life.session["id"])
    assert (session["status"], session["floor"]) == ("IN_PROGRESS", 7)


async def test_a_stream_resumes_with_its_cursor(life: Life) -> None:
    async with life.ann.watching(partyId=life.party["id"], after=life.cursor) as watch:
        assert (await watch.until_type("MessagePosted"))["text"] == "famous last words"
        assert watch.events[0]["seq"] == life.said["seq"]


async def test_a_key_is_still_known(life: Life) -> None:
    """The client that had no answer because of the kill retries at the new server."""
    again = await life.cid.does("CreateParty", **life.creating)
    assert (again["replayed"], again["party"], again["seq"]) == (True, life.created["party"], life.created["seq"])
    other = await life.cid.tries("CreateParty", **{**life.creating, "settings": {"name": "Twice"}})
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_refresh_token_is_still_good(life: Life) -> None:
    refreshed = await life.http.run("RefreshCredentials", {"refreshToken": life.signed_in["refreshToken"]})
    assert refreshed["credentials"]["player"] == life.signed_in["player"]


async def test_a_ticket_fits_the_key_that_is_published_now(life: Life) -> None:
    async with httpx.AsyncClient() as game_server:
        published = (await game_server.get(f"{life.server.address.base}/.well-known/jwks.json")).json()
    key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(life.ticket)["kid"]]
    claims = jwt.decode(life.ticket, key, algorithms=["EdDSA"])
    assert (claims["sub"], claims["session"]) == (life.bob.id, life.session["id"])


async def test_what_was_answered_in_the_burst_is_in_the_log(life: Life) -> None:
    """The kill came in the middle of it; what was not answered yet is there whole, or not at all."""
    log = await history(life.burst.talker, life.burst.old["id"])
    assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
    kept = Counter(entry["text"] for entry in log if entry["__typename"] == "MessagePosted")
    assert len(life.burst.answered) >= BURST_MIN
    assert Counter(life.burst.answered) - kept == Counter()


async def test_who_was_between_two_parties_is_in_one_of_them(life: Life) -> None:
    burst = life.burst
    seat, left = await burst.wanderer.ask("MyParty"), await burst.talker.ask("MyParty")
    assert seat["id"] in (burst.old["id"], burst.new["id"])
    is_back = burst.wanderer.id in {member["player"]["id"] for member in left["members"]}
    assert (seat["id"] == burst.old["id"]) is is_back


async def test_the_wait_for_games_that_load_goes_on_after_a_kill(tmp_path: Path) -> None:
    """Ann's game has loaded before the kill; Bob's never does. Play begins once, with the seed that both had before."""
    file = tmp_path / "data" / "lobby.db"
    async with running(file) as (server, http):
        ann, bob = await guests(http, server.address, 2)
        party, session = await session_of(ann, bob, loadWaitSeconds=2)
        endpoint = {"address": "192.0.2.1", "port": 7777, "protocol": "udp"}
        await ann.does("UpdateSession", sessionId=session["id"], endpoint=endpoint)
        loaded = await ann.does("MarkLoaded", sessionId=session["id"])
        await server.kill()
    async with running(file) as (server, http):
        ann, bob = at(server, http, ann, bob)
        async with bob.watching(partyId=party["id"], after=loaded["party"]["cursor"]) as watch:
            go = await watch.until_type("SessionGo")
        assert [player["id"] for player in go["missing"]] == [bob.id]
        assert go["session"]["seed"] == session["seed"]
        late = await bob.does("MarkLoaded", sessionId=session["id"])
        assert late["session"]["goAt"] == go["goAt"]
        assert [entry["__typename"] for entry in await history(ann, party["id"])].count("SessionGo") == 1

"""Killed right after an answer, and started again on the same file: everything is as it was answered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count, cycle
from pathlib import Path
from uuid import uuid4

import httpx
import jwt
import pytest

from lobby.demo.answers import Answer, NoAnswer
from lobby.demo.http_client import HttpClient, http_client
from tests.journey.parties import party_of, session_of
from tests.journey.players import DOCUMENTS, Player
from tests.served.lobby import guests, history, until
from tests.served.process import ServerProcess, server_process

BURST_MIN = 40


@asynccontextmanager
async def running(file: Path) -> AsyncIterator[tuple[ServerProcess, HttpClient]]:
    async with server_process(file) as server, http_client(server.address, DOCUMENTS) as http:
        yield server, http


def at(server: ServerProcess, http: HttpClient, *players: Player) -> list[Player]:
    """The same players, with the tokens they have, at the server's new address."""
    return [replace(player, client=http.signed_in(player.token), address=server.address) for player in players]


@dataclass(slots=True)
class Life:
    """What three players were answered by a server that was killed at once; and the next server on its file."""

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


async def lived(server: ServerProcess, http: HttpClient) -> Life:
    """Ann and Bob in a session, Cid in a party of a key; and at the end Bob's message, behind Ann's log."""
    ann, bob, cid = await guests(http, server.address, 3)
    signed_in = (await http.run("SignInAsGuest", {"input": {"displayName": "Dan"}}))["credentials"]
    creating: Answer = {"settings": {"name": "Once"}, "idempotencyKey": str(uuid4())}
    created = await cid.does("CreateParty", **creating)
    party, session = await session_of(ann, bob)
    updated = await ann.does("UpdateSession", sessionId=session["id"], floor=7)
    ticket = (await bob.does("JoinSession", sessionId=session["id"]))["ticket"]["token"]
    log = await history(ann, party["id"])
    said = await bob.does("PostMessage", partyId=party["id"], text="famous last words")
    cursor = updated["party"]["cursor"]
    return Life(server, http, ann, bob, cid, party, session, ticket, cursor, signed_in, creating, created, log, said)


@pytest.fixture(scope="module")
async def life(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Life]:
    file = tmp_path_factory.mktemp("killed") / "data" / "lobby.db"
    async with running(file) as (server, http):
        life = await lived(server, http)
        await server.kill()
    async with running(file) as (server, http):
        ann, bob, cid = at(server, http, life.ann, life.bob, life.cid)
        yield replace(life, server=server, http=http, ann=ann, bob=bob, cid=cid)


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


async def test_a_kill_in_the_middle_of_many_takes_back_nothing_and_leaves_no_half(tmp_path: Path) -> None:
    """What was answered is in the log; and who was between two parties is in one of them."""
    file = tmp_path / "lobby.db"
    async with running(file) as (server, http):
        ann, bob, cid = await guests(http, server.address, 3)
        old, new = await party_of(ann, bob), await party_of(cid)
        answered: list[str] = []

        async def talks(name: str) -> None:
            with suppress(NoAnswer):
                for number in count():
                    await ann.does("PostMessage", partyId=old["id"], text=f"{name} {number}")
                    answered.append(f"{name} {number}")

        async def wanders() -> None:
            with suppress(NoAnswer):
                for party in cycle((new, old)):
                    await bob.does("JoinByCode", joinCode=party["joinCode"], leaveCurrent=True)

        busy = [asyncio.create_task(work) for work in (talks("one"), talks("two"), wanders())]

        async def is_busy() -> bool:
            return len(answered) >= BURST_MIN

        await until(is_busy)
        await server.kill()
        await asyncio.gather(*busy)
    async with running(file) as (server, http):
        ann, bob = at(server, http, ann, bob)
        log = await history(ann, old["id"])
        assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1))
        assert not Counter(answered) - Counter(e["text"] for e in log if e["__typename"] == "MessagePosted")
        seat, members = await bob.ask("MyParty"), (await ann.ask("MyParty"))["members"]
        assert seat["id"] in (old["id"], new["id"])
        assert (seat["id"] == old["id"]) is (bob.id in {member["player"]["id"] for member in members})

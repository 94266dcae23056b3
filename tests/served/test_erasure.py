"""A player who is erased is in no byte of the store any more, nor in a backup, a log or the metrics, and cannot come back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from valkey.asyncio import Valkey

from lobby.auth.api_keys import hash_key, new_key
from tests.journey.parties import session_of
from tests.journey.players import DOCUMENTS, Player, guest
from tests.served.lobby import error_code, lobby
from tools.chaos.valkey.server import ValkeyServer
from tools.demo.http_client import http_client
from web.graphql.execution.client_documents import client_documents

MODERATION = client_documents(Path(__file__).parents[2] / "client_queries/moderator")
KEY = new_key("moderator")
NAME, WORDS, VALUE = "Zebulon Quux", "xylophone in the cellar", "purple-giraffe"
DEVICE = "1f0e-device-of-zebulon"


@pytest.fixture(params=["sqlite", "valkey"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/lobby.db"
    valkey: ValkeyServer = request.getfixturevalue("valkey")
    return valkey.url


async def stored(url: str, folder: Path) -> AsyncIterator[tuple[str, bytes]]:
    """Everything that a store holds, and a backup of it, as bytes with the name of their place."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        with sqlite3.connect(file) as connection, sqlite3.connect(folder / "backup.db") as backup:
            connection.backup(backup)
        for path in (*file.parent.iterdir(), folder / "backup.db"):
            shutil.copy(path, folder / "copy")
            yield path.name, (folder / "copy").read_bytes()
        return
    client: Any = Valkey.from_url(url.replace("valkey://", "redis://"))
    try:
        async for key in client.scan_iter(count=1_000):
            yield "a key", key
            yield key.decode(), repr(await read(client, key)).encode("unicode_escape")
    finally:
        await client.aclose()


async def read(client: Any, key: bytes) -> Any:
    kind = (await client.type(key)).decode()
    readers = {
        "string": client.get,
        "hash": client.hgetall,
        "set": client.smembers,
        "zset": lambda key: client.zrange(key, 0, -1),
        "list": lambda key: client.lrange(key, 0, -1),
        "stream": client.xrange,
    }
    return await readers[kind](key)


async def test_an_erased_player_is_in_no_byte_of_the_store(
    store: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    settings = {
        "store": store,
        "moderator_keys": [f"mia={hash_key(KEY)}"],
        "secret": "the secret of the tests of erasure",
    }
    with lobby(**settings) as address:
        async with http_client(address, DOCUMENTS) as http, http_client(address, MODERATION) as acts:
            moderator = acts.as_player(KEY)
            ann, cat = await guest(http, address, "Ann"), await guest(http, address, "Cat")
            signed_in = await http.run("SignInAsGuest", {"input": {"displayName": NAME, "deviceId": DEVICE}})
            token = signed_in["credentials"]["accessToken"]
            zeb = Player(signed_in["credentials"]["player"]["id"], NAME, token, http.as_player(token), address)
            await cat.does("CreateParty")
            await cat.does("InvitePlayer", partyId=(await cat.ask("MyParty"))["id"], playerId=zeb.id)
            party, session = await session_of(zeb, ann)
            assert NAME in party["settings"]["name"]
            await zeb.does("InvitePlayer", partyId=party["id"], playerId=cat.id)
            marks = [{"key": "mark", "value": VALUE}]
            await zeb.does("UpdateMember", partyId=party["id"], attributes=marks)
            await zeb.does("PostMessage", partyId=party["id"], text=WORDS, idempotencyKey="said-once")
            await ann.does("PostMessage", partyId=party["id"], text="this stays")
            await ann.does("ReportPlayer", partyId=party["id"], playerId=zeb.id, reason="rude")
            await zeb.does("ReportPlayer", partyId=party["id"], playerId=ann.id, reason="rude")
            await ann.does("BlockPlayer", playerId=zeb.id)
            await zeb.does("BlockPlayer", playerId=ann.id)
            await zeb.does("SaveCheckpoint", sessionId=session["id"], data="state", hostTerm=1)
            ban = {"playerId": zeb.id, "reason": "for a day", "until": "2100-01-01T00:00:00Z"}
            await moderator.run("BanPlayer", {"input": ban})
            await moderator.run("UnbanPlayer", {"input": {"playerId": zeb.id, "reason": "enough"}})
            await moderator.run("Announce", {"input": {"text": "hello all"}})
            data = json.loads(await moderator.run("PlayerData", {"playerId": zeb.id}))
            told = json.dumps(data)
            assert DEVICE not in told, "only a digest of it is kept"
            assert all(text in told for text in (NAME, WORDS, VALUE))
            fields = {"playerId": zeb.id, "reason": "as the player asked", "idempotencyKey": "erase"}
            erased = await moderator.run("ErasePlayer", {"input": fields})
            assert (erased["__typename"], erased["entry"]["playerId"]) == ("Moderated", None)
            assert (await moderator.run("ErasePlayer", {"input": fields}))["replayed"]
            assert await error_code(zeb.ask("Me")) == "UNAUTHENTICATED"
            history = await ann.ask("PartyHistory", partyId=party["id"])
            texts = [entry["text"] for entry in history if entry["__typename"] == "MessagePosted"]
            assert texts == ["[erased]", "this stays"]
            await ann.does("PostMessage", partyId=party["id"], text="and goes on")
            refused = await cat.tries("InvitePlayer", partyId=(await cat.ask("MyParty"))["id"], playerId=zeb.id)
            assert refused["code"] == "NOT_FOUND", "nobody brings the id back"
            refused = await cat.tries("BlockPlayer", playerId=zeb.id)
            assert refused["code"] == "NOT_FOUND"
            rest = json.loads(await moderator.run("PlayerData", {"playerId": zeb.id}))
            assert rest == {"player_id": zeb.id}
            (report,) = await moderator.run("Reports", {"unresolved": False})
            assert report["player"]["id"] == ann.id
            async with httpx.AsyncClient() as plain:
                metrics = (await plain.get(f"{address.base}/metrics")).content
            await moderator.run("ErasePlayer", {"input": {**fields, "idempotencyKey": "once more"}})
            places = [("the metrics", metrics), ("the log", caplog.text.encode())]
            places += [place async for place in stored(store, tmp_path)]
            assert len(places) > 4
            for place, content in places:
                for gone in (zeb.id, NAME, WORDS, VALUE, DEVICE):
                    at = content.find(gone.encode())
                    assert at < 0, f"{gone} in {place}: {content[max(0, at - 300) : at + 60]!r}"

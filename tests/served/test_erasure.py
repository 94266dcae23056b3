"""A player who is erased is in no byte of the files any more, nor in a backup, and cannot come back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

from lobby.auth.api_keys import hash_key, new_key
from tests.journey.parties import session_of
from tests.journey.players import DOCUMENTS, guest
from tests.served.lobby import error_code, lobby
from tools.demo.http_client import http_client
from web.graphql.execution.client_documents import client_documents

MODERATION = client_documents(Path(__file__).parents[2] / "client_queries/moderator")
KEY = new_key("moderator")
NAME, WORDS, VALUE = "Zebulon Quux", "xylophone in the cellar", "purple-giraffe"


async def test_an_erased_player_is_in_no_byte_of_the_store(tmp_path: Path) -> None:
    file = tmp_path / "data" / "lobby.db"
    settings = {"store": f"sqlite:///{file}", "moderator_keys": [f"mia={hash_key(KEY)}"]}
    with lobby(**settings) as address:
        async with http_client(address, DOCUMENTS) as http, http_client(address, MODERATION) as acts:
            moderator = acts.as_player(KEY)
            ann = await guest(http, address, "Ann")
            zeb = await guest(http, address, NAME)
            party, session = await session_of(zeb, ann)
            assert NAME in party["settings"]["name"]
            marks = [{"key": "mark", "value": VALUE}]
            await zeb.does("UpdateMember", partyId=party["id"], attributes=marks)
            await zeb.does("PostMessage", partyId=party["id"], text=WORDS, idempotencyKey="said-once")
            await ann.does("PostMessage", partyId=party["id"], text="this stays")
            await ann.does("ReportPlayer", partyId=party["id"], playerId=zeb.id, reason="rude")
            await ann.does("BlockPlayer", playerId=zeb.id)
            await zeb.does("SaveCheckpoint", sessionId=session["id"], data="state", hostTerm=1)
            data = json.loads(await moderator.run("PlayerData", {"playerId": zeb.id}))
            told = json.dumps(data)
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
            rest = json.loads(await moderator.run("PlayerData", {"playerId": zeb.id}))
            assert rest == {"player_id": zeb.id}
            assert (await moderator.run("Reports", {"unresolved": False})) == []
            with sqlite3.connect(file) as connection, sqlite3.connect(tmp_path / "backup.db") as backup:
                connection.backup(backup)
            for path in (file, file.with_name("lobby.db-wal"), tmp_path / "backup.db"):
                shutil.copy(path, tmp_path / f"{path.name}.copy")
                content = (tmp_path / f"{path.name}.copy").read_bytes()
                for gone in (zeb.id, NAME, WORDS, VALUE):
                    at = content.find(gone.encode())
                    assert at < 0, f"{gone} in {path.name}: {content[max(0, at - 300) : at + 60]!r}"

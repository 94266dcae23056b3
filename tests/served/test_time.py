"""A server process that stood still, and one whose clock was set back over a restart."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from pathlib import Path

import jwt

from tests.journey.parties import party_of, session_of
from tests.journey.players import DOCUMENTS
from tests.served.game_server import KEY, game_server
from tests.served.lobby import guests, history
from tests.served.process import server_process
from tests.stores_of_servers import IS_VALKEY
from tests.waiting import wait_until
from tools.chaos.valkey.server import ValkeyServer
from tools.demo.answers import Answer
from tools.demo.http_client import http_client

GRACE_S = 4.0
STOPPED_S = 5.0


async def test_a_process_that_stood_still_gives_everybody_a_full_grace(tmp_path: Path) -> None:
    times = {"grace_in_progress_s": GRACE_S, "game_server_silence_s": GRACE_S}
    async with (
        server_process(tmp_path / "lobby.db", service_key=KEY, **times) as process,
        http_client(process.address, DOCUMENTS) as http,
    ):
        ann, bob = await guests(http, process.address, 2)
        party, session = await session_of(ann, bob)

        async def shown() -> Answer:
            answer: Answer = await ann.ask("Party", id=party["id"])
            return answer

        async with game_server(process.address, session["id"]) as server:
            await server.does("HeartbeatSession")
        async with ann.watching(partyId=party["id"]):
            async with bob.watching(partyId=party["id"]) as watch:
                await watch.until_type("PartySnapshot")
            process.stop()
            await asyncio.sleep(STOPPED_S)
            process.resume()
            await asyncio.sleep(GRACE_S / 4)
            now = await shown()
            assert len(now["members"]) == 2
            assert now["state"] == "IN_PROGRESS"
            assert b"the process stood still for" in process.log

            async def is_over() -> bool:
                now = await shown()
                return len(now["members"]) == 1 and now["state"] == "WAITING"

            await wait_until(is_over, 3 * GRACE_S)


async def test_a_clock_that_was_set_back_over_a_restart_freezes_nothing(tmp_path: Path) -> None:
    """The countdown, the grace period and the tokens of an hour ahead go on where they were."""
    grace = {"grace_waiting_s": GRACE_S, "leader_grace_s": GRACE_S}
    file = tmp_path / "lobby.db"
    async with (
        server_process(file, ahead_s=3600, **grace) as process,
        http_client(process.address, DOCUMENTS) as http,
    ):
        ann, bob, cat, dan = await guests(http, process.address, 4)
        left = await party_of(ann, bob)
        starting = await party_of(cat, dan, countdownSeconds=3)
        async with bob.watching(partyId=left["id"]) as watch:
            await watch.until_type("PartySnapshot")

        async def bob_is_disconnected() -> bool:
            members = (await ann.ask("Party", id=left["id"]))["members"]
            return any(member["connection"] == "DISCONNECTED" for member in members)

        await wait_until(bob_is_disconnected)
        await cat.does("StartSession", partyId=starting["id"], force=True)
        await process.kill()
    async with (
        server_process(file, **grace) as process,
        http_client(process.address, DOCUMENTS) as http,
    ):
        ann, cat = (replace(each, client=http.as_player(each.token), address=process.address) for each in (ann, cat))
        assert IS_VALKEY or b"behind the newest time in the store" in process.log

        async def has_started() -> bool:
            found: Answer = await cat.ask("Party", id=starting["id"])
            return bool(found["state"] == "IN_PROGRESS")

        await wait_until(has_started, 10 * GRACE_S)
        session = (await cat.ask("Party", id=starting["id"]))["session"]
        ticket = (await cat.does("JoinSession", sessionId=session["id"]))["ticket"]
        claims = jwt.decode(ticket["token"], options={"verify_signature": False})
        assert abs(claims["iat"] - time.time()) < 60, "a game server has the time of today"

        async def bob_has_left() -> bool:
            return len((await ann.ask("Party", id=left["id"]))["members"]) == 1

        await wait_until(bob_has_left, 10 * GRACE_S)


async def test_nodes_with_wrong_clocks_serve_the_same_players(valkey: ValkeyServer, tmp_path: Path) -> None:
    """Both nodes go by the clock of the Valkey, for tokens on sockets too."""
    shared = {"store": valkey.url, "secret": "the secret of both of the two nodes"}
    async with (
        server_process(tmp_path / "one", ahead_s=3600, **shared) as early,
        server_process(tmp_path / "other", ahead_s=-3600, **shared) as late,
        http_client(early.address, DOCUMENTS) as http,
        http_client(late.address, DOCUMENTS) as other,
    ):
        ann, bob = await guests(http, early.address, 2)
        ann_there = replace(ann, client=other.as_player(ann.token), address=late.address)
        party = await party_of(ann, bob)
        for player in (ann, ann_there):
            async with player.watching(partyId=party["id"]) as watch:
                await watch.until_type("PartySnapshot")
                said = await player.does("PostMessage", partyId=party["id"], text="Hello")
                await watch.until_seq(said["seq"])
        for process, off_s in ((early, 3600), (late, -3600)):
            (said_off_s,) = re.findall(rb"the clock of this machine is (\S+) s off", process.log)
            assert abs(float(said_off_s) - off_s) < 60
        entries = await history(ann, party["id"])
        assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)

"""Two players of the Unity package use all that the server has besides parties and sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from lobby.auth.api_keys import hash_key, new_key
from tests.lobby.auth.discord.fake_discord import discord_serving
from tests.needs import ROOT
from tests.served.lobby import lobby
from tests.unity.conftest import Build, journey_program
from tests.unity.mono import run_program
from tools.demo.address import Address
from tools.demo.http_client import http_client
from web.graphql.execution.client_documents import client_documents

MODERATION = client_documents(ROOT / "client_queries/moderator")
KEY = new_key("moderator")
WORDS = "The dungeon closes."
SETTINGS = {
    "grace_waiting_s": 30,
    "grace_in_progress_s": 30,
    "leader_grace_s": 30,
    "leader_idle_s": 600,
    "moderator_keys": [f"mia={hash_key(KEY)}"],
}


EXPECTED = {
    "discord": "Nelly/True",
    "identities": "discord",
    "verdict": "hidden",
    "invite": "Pending/Into the dark/1",
    "version": "VersionMismatch/1.2.0",
    "entered": "True",
    "teams": "1/2",
    "moved": "1",
    "shuffled": "2",
    "muted": "Muted",
    "unmuted": "yes",
    "reported": "True",
    "blocked": "1",
    "seed": "True",
    "spent": "yes",
    "again": "TicketSpent",
    "inside": "2",
    "go": "0/True",
    "saved": "stairs",
    "candidate": "Bram/2",
    "host": "Bram/True",
    "run": "to be continued/stairs/floor 3",
    "reserved": "Bram",
    "waiting": "1/True",
    "verdicts": "PartyFull",
    "matched": "True",
    "announced": f"{WORDS}/{WORDS}/{WORDS}",
}

Run = Callable[[str, str], Awaitable[dict[str, str]]]
"""Runs a compiled journey with the address of a server and a code of Discord, and returns what it prints."""


async def test_two_players_use_all_that_a_lobby_has_besides_parties(outside: Build) -> None:
    assert (
        await play_new_server(lambda url, code: run_program(journey_program(outside), "new-server", url, code))
        == EXPECTED
    )


async def play_new_server(run: Run) -> dict[str, str]:
    with discord_serving() as discord:
        settings = discord.settings()
        signing_in = {
            "discord_client_id": settings.client_id,
            "discord_client_secret": settings.client_secret,
            "discord_api_url": settings.api_url,
        }
        with lobby(**SETTINGS, **signing_in) as address:
            moderating = asyncio.create_task(moderate(address))
            try:
                return await run(address.base, discord.code())
            finally:
                moderating.cancel()


async def moderate(address: Address) -> None:
    """Announce a maintenance that begins later, and the same words to all, again and again."""
    async with http_client(address, MODERATION) as acts:
        moderator = acts.as_player(KEY)
        starts_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        maintenance = {"startsAt": starts_at, "text": WORDS, "idempotencyKey": str(uuid4())}
        await moderator.run("SetMaintenance", {"input": maintenance})
        while True:
            await moderator.run("Announce", {"input": {"text": WORDS, "idempotencyKey": str(uuid4())}})
            await asyncio.sleep(0.5)

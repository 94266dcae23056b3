"""Parties in the states that tests begin with."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.journey.players import EVENT_WAIT_S, Player
from tools.demo.answers import Answer

POLL_S = 0.02


async def party_of(leader: Player, *others: Player, **settings: Any) -> Answer:
    """A party without a countdown that all are in, as the last to join sees it."""
    created = await leader.does("CreateParty", settings={"countdownSeconds": 0, **settings})
    party: Answer = created["party"]
    for player in others:
        party = (await player.does("JoinByCode", joinCode=party["joinCode"]))["party"]
    return party


async def ready(party: Answer, *players: Player) -> None:
    version = party["settings"]["version"]
    for player in players:
        await player.does("SetReady", partyId=party["id"], ready=True, settingsVersion=version)


async def session_of(leader: Player, *others: Player, **settings: Any) -> tuple[Answer, Answer]:
    """Such a party and its session, which runs."""
    party = await party_of(leader, *others, **settings)
    await ready(party, *others)
    started = await leader.does("StartSession", partyId=party["id"])
    return party, await running(leader, started["session"]["id"])


async def running(player: Player, session_id: str) -> Answer:
    """The session, once it runs.

    Asks again and again, since a stream would connect its watcher, and its end disconnect a member.
    """
    async with asyncio.timeout(EVENT_WAIT_S):
        while (session := await player.ask("Session", id=session_id))["status"] == "WAITING":  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
    answer: Answer = session
    return answer


async def search_in(party_id: str, player: Player, *states: str) -> Answer:
    """The search of the party, once it is in one of these states."""
    async with asyncio.timeout(EVENT_WAIT_S):
        while (search := (await player.ask("Party", id=party_id))["search"])["state"] not in states:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
    answer: Answer = search
    return answer


async def proposed_search(player: Player) -> Answer:
    """The search of the party of the player, once a match is proposed to it."""
    party = await player.ask("MyParty")
    return await search_in(party["id"], player, "PROPOSED")

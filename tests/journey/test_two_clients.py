"""Two players on two transports play the whole journey, and neither misses any of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import pytest

from tests.journey.parties import ready
from tests.journey.players import Player, Watch, watching
from tools.demo.answers import Answer
from tools.demo.socket_client import SocketClient

COUNTDOWN_S = 1
NAME = f"Journey {uuid4().hex}"

GATHERED = ["MemberJoined", "MemberLeft", "MemberJoined"]
CHOSEN = ["MemberUpdated", "MemberUpdated"]
PLAYED = ["MemberUpdated", "CountdownStarted", "SessionStarted", "SessionUpdated", "SessionEnded"]
LAST_OUT = ["MemberLeft", "MemberLeft", "PartyClosed", "Removed"]


@pytest.fixture
async def bram_over_socket(bram: Player) -> AsyncIterator[Player]:
    """Bram acts over the connection on which he watches."""
    async with bram.connected() as client:
        yield replace(bram, client=client)


async def test_two_clients_play_the_whole_journey_and_see_every_event_live(
    ada: Player, bram_over_socket: Player
) -> None:
    bram = bram_over_socket
    created = await ada.does("CreateParty", settings={"name": NAME, "countdownSeconds": COUNTDOWN_S})
    async with ada.watching(partyId=created["party"]["id"]) as ada_sees:
        await ada_sees.until_type("PartySnapshot")
        party = await enter_by_code_and_by_id(bram, created["party"]["joinCode"])
        async with watching_over_own_socket(bram, party) as bram_sees:
            await choose_classes(ada, bram, party)
            for outcome in ("the dragon sleeps", "one more dragon"):
                await play(ada, bram, party, outcome, [ada_sees, bram_sees])
            await bram.does("LeaveParty", partyId=party["id"])
            await bram_sees.until_end()
        await ada.does("LeaveParty", partyId=party["id"])
        await ada_sees.until_end()
    played = [*CHOSEN, *PLAYED, *PLAYED]
    assert ada_sees.types == ["PartySnapshot", *GATHERED, *played, *LAST_OUT]
    assert bram_sees.types == [*played, "MemberLeft", "Removed"]
    for seen in (ada_sees, bram_sees):
        entries = [event["seq"] for event in seen.events[:-1]]
        assert entries == list(range(entries[0], entries[0] + len(entries)))


async def enter_by_code_and_by_id(bram: Player, code: str) -> Answer:
    """Bram joins by the code, leaves, and joins by the id that the public list shows."""
    by_code = await bram.does("JoinByCode", joinCode=code.lower())
    await bram.does("LeaveParty", partyId=by_code["party"]["id"])
    (listed,) = (await bram.ask("Parties", filter={"nameContains": NAME}))["nodes"]
    party: Answer = (await bram.does("JoinById", partyId=listed["id"]))["party"]
    return party


@asynccontextmanager
async def watching_over_own_socket(bram: Player, party: Answer) -> AsyncIterator[Watch]:
    assert isinstance(bram.client, SocketClient)
    variables = {"partyId": party["id"], "after": party["cursor"]}
    async with watching(bram.client, "WatchParty", variables) as watch:
        yield watch


async def choose_classes(ada: Player, bram: Player, party: Answer) -> None:
    await ada.does("UpdateMember", partyId=party["id"], characterClass="Knight")
    await bram.does("UpdateMember", partyId=party["id"], characterClass="Mage")


async def play(ada: Player, bram: Player, party: Answer, outcome: str, watches: list[Watch]) -> None:
    """Ready, countdown, session, floor, end. Both see the same session, each with an own ticket."""
    await ready(party, bram)
    started = await ada.does("StartSession", partyId=party["id"])
    session_id = started["session"]["id"]
    for watch in watches:
        await watch.until(lambda watch=watch: watch.types[-1] == "SessionStarted")  # type: ignore[misc]
    running = [watch.events[-1] for watch in watches]
    assert {event["session"]["id"] for event in running} == {session_id}
    assert len({event["ticket"]["token"] for event in running}) == len(watches)
    counting = [watch.events[-2] for watch in watches]
    assert {event["startsAt"] for event in counting} == {started["party"]["startsAt"]}
    await ada.does("UpdateSession", sessionId=session_id, floor=2)
    completed = await ada.does("CompleteSession", sessionId=session_id, outcome=outcome)
    for watch in watches:
        ended = await watch.until_seq(completed["seq"])
        assert (ended["session"]["outcome"], ended["party"]["state"]) == (outcome, "WAITING")

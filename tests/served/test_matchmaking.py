"""Matchmaking over the served API: declines, lost connections, a killed server, and cancel against match."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.journey.parties import party_of, search_in
from tests.journey.players import DOCUMENTS, Player
from tests.served.lobby import guests, history, lobby
from tests.served.process import ServerProcess, server_process
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.http_client import HttpClient, http_client

RACES = int(os.environ.get("LOBBY_TEST_RACES", "10"))
"""Of a cancel and the last accept. 1,000 take two minutes."""
RACES_AT_ONCE = 10
ACCEPT_S = 3.0


async def search(player: Player, *others: Player, size: int, region: str) -> tuple[Answer, Answer]:
    """A party that searches, and its search."""
    party = await party_of(player, *others)
    criteria = {"gameType": "COOP", "size": size, "region": region}
    return party, (await player.does("StartSearch", partyId=party["id"], criteria=criteria))["search"]


async def propose(region: str, *parties: tuple[Player, ...]) -> list[tuple[Answer, Answer]]:
    """Parties to which a match is proposed."""
    size = sum(len(players) for players in parties)
    searches = [await search(*players, size=size, region=region) for players in parties]
    for players, (party, _) in zip(parties, searches, strict=True):
        await search_in(party["id"], players[0], "PROPOSED")
    return searches


def at(server: ServerProcess, http: HttpClient, *players: Player) -> list[Player]:
    return [replace(player, client=http.as_player(player.token), address=server.address) for player in players]


async def test_a_kill_in_the_middle_of_a_proposed_match_leaves_it_to_the_players(tmp_path: Path) -> None:
    """After the restart accepts make the parties one, and silence cancels after the full time."""
    file, settings = tmp_path / "lobby.db", {"match_accept_s": ACCEPT_S, "grace_waiting_s": 60}
    async with server_process(file, **settings) as server, http_client(server.address, DOCUMENTS) as http:
        players = await guests(http, server.address, 5)
        (_, one), (_, two) = await propose("kill", (players[0], players[1]), (players[2],))
        await players[0].does("AcceptMatch", searchId=one["id"])
        (silent, _), (_, willing) = await propose("silence", (players[3],), (players[4],))
        await players[4].does("AcceptMatch", searchId=willing["id"])
        await server.kill()
    async with server_process(file, **settings) as server, http_client(server.address, DOCUMENTS) as http:
        players = at(server, http, *players)
        await players[1].does("AcceptMatch", searchId=one["id"])
        last = (await players[2].does("AcceptMatch", searchId=two["id"]))["search"]
        assert last["state"] == "MATCHED"
        parties = [await player.ask("MyParty") for player in players[:3]]
        assert [party["id"] for party in parties] == [last["matchedPartyId"]] * 3
        ended = await search_in(silent["id"], players[3], "CANCELLED")
        assert ended["cancelReason"] == "NOT_ACCEPTED"
        on = await search_in((await players[4].ask("MyParty"))["id"], players[4], "SEARCHING")
        assert (on["id"], on["since"]) == (willing["id"], willing["since"])


async def test_a_player_who_loses_the_connection_comes_back_to_the_match(
    address: Address, ada: Player, bram: Player, cleo: Player
) -> None:
    (mine, own), (_, other) = await propose("lost", (ada, bram), (cleo,))
    async with bram.watching(partyId=mine["id"]) as watch:
        cursor = watch.events[-1]["cursor"]
    for player, search in ((ada, own), (cleo, other)):
        await player.does("AcceptMatch", searchId=search["id"])
    async with bram.watching(partyId=mine["id"], after=cursor) as watch:
        await watch.until_type("PartySearchChanged")
        matched = (await bram.does("AcceptMatch", searchId=own["id"]))["search"]
        assert matched["state"] == "MATCHED"
        await watch.until_type("MemberJoined" if matched["matchedPartyId"] == mine["id"] else "Removed")


async def test_a_member_who_does_not_come_back_cancels_the_match(ada: Player, bram: Player, cleo: Player) -> None:
    """The grace of a waiting party is short here, and shorter than the time to accept."""
    (mine, _), (theirs, _) = await propose("gone", (ada, bram), (cleo,))
    async with ada.watching(partyId=mine["id"]), cleo.watching(partyId=theirs["id"]):
        async with bram.watching(partyId=mine["id"]):
            pass
        ended = await search_in(mine["id"], ada, "CANCELLED")
        assert ended["cancelReason"] == "ROSTER_CHANGED"
        await search_in(theirs["id"], cleo, "SEARCHING")


async def test_the_answer_to_a_cancel_the_events_and_the_parties_agree() -> None:
    """At random moments of the last accept. `tests/lobby/app/matchmaking` does it a thousand times without sockets."""
    long = {"grace_waiting_s": 60, "leader_grace_s": 60, "rate_limits": False}
    with lobby(**long) as address:
        async with http_client(address, DOCUMENTS) as http:
            ends: Counter[str] = Counter()
            for first in range(0, RACES, RACES_AT_ONCE):
                players = await guests(http, address, 3 * RACES_AT_ONCE)
                races = (race(first + number, *players[3 * number :][:3]) for number in range(RACES_AT_ONCE))
                ends.update(await asyncio.gather(*races))
    assert set(ends) == {"MATCHED", "CANCELLED"} if RACES >= 100 else set(ends) <= {"MATCHED", "CANCELLED"}


async def race(number: int, ann: Player, bob: Player, cat: Player) -> str:
    chance = random.Random(number)
    (mine, own), (theirs, other) = await propose(f"race {number}", (ann, bob), (cat,))
    await bob.does("AcceptMatch", searchId=own["id"])
    await ann.does("AcceptMatch", searchId=own["id"])

    async def cancel() -> Answer:
        await asyncio.sleep(chance.random() * 0.01)
        canceller, search = chance.choice(((ann, own), (cat, other)))
        answer: Answer = (await canceller.does("CancelSearch", searchId=search["id"]))["search"]
        return answer

    async def accept() -> Answer:
        await asyncio.sleep(chance.random() * 0.01)
        return await cat.tries("AcceptMatch", searchId=other["id"])

    told, accepted = await asyncio.gather(cancel(), accept())
    is_matched = told["state"] == "MATCHED"
    if is_matched:
        assert accepted["search"]["state"] == "MATCHED"
    parties = [(await player.ask("MyParty"))["id"] for player in (ann, bob, cat)]
    assert len(set(parties)) == (1 if is_matched else 2)
    ends = [await ends_of(ann, mine["id"]), await ends_of(cat, theirs["id"])]
    assert sorted(ends) == ([["MATCHED"], ["MATCHED"]] if is_matched else [[], ["CANCELLED"]])
    state: str = told["state"]
    return state


async def ends_of(member: Player, party_id: str) -> list[str]:
    searches: list[Any] = [entry["search"] for entry in await history(member, party_id) if "search" in entry]
    return [found["state"] for found in searches if found["state"] not in ("SEARCHING", "PROPOSED")]

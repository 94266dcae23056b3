"""Many want the last seats at the same moment. Nobody gets a seat that is not there."""

from __future__ import annotations

import asyncio
from collections import Counter

from lobby.demo.address import Address
from lobby.demo.answers import Answer
from lobby.demo.http_client import HttpClient
from tests.journey.parties import party_of
from tests.journey.players import Player, guest

PARTIES = 20
JOINS = 100
SEATS_LEFT = (1, 2, 3)
"""How many are free, party by party in turn."""


async def test_concurrent_joins_fill_the_last_seats_and_not_one_more(http: HttpClient, address: Address) -> None:
    players = await asyncio.gather(*(guest(http, address) for _ in range(PARTIES + JOINS)))
    leaders, joiners = players[:PARTIES], players[PARTIES:]
    free = [SEATS_LEFT[number % len(SEATS_LEFT)] for number in range(PARTIES)]
    parties = await asyncio.gather(
        *(party_of(leader, maxMembers=1 + seats) for leader, seats in zip(leaders, free, strict=True))
    )
    answers = await asyncio.gather(*(join(joiner, parties[number % PARTIES]) for number, joiner in enumerate(joiners)))
    assert Counter(answer["__typename"] for answer in answers) == {
        "PartyChanged": sum(free),
        "Rejection": JOINS - sum(free),
    }
    assert {answer["code"] for answer in answers if answer["__typename"] == "Rejection"} == {"PARTY_FULL"}
    for leader, seats in zip(leaders, free, strict=True):
        full = await leader.ask("MyParty")
        assert (full["memberCount"], full["freeSeats"], len(full["members"])) == (1 + seats, 0, 1 + seats)


async def join(player: Player, party: Answer) -> Answer:
    return await player.tries("JoinById", partyId=party["id"])

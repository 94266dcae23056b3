"""Many players want the last seats, or another team, at the same moment. They get no more places than there are."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx

from tests.journey.parties import party_of
from tests.journey.players import Player, guest
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.http_client import HttpClient

PARTIES = 20
JOINS = 100
SEATS_LEFT = (1, 2, 3)
"""The number of free seats, party after party."""


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


TEAM_PARTIES, PARTY_PLAYERS, TEAM_SEATS = 25, 8, 4
TEAMS_OVER_TIME = """query ($id: ID!) {
  partyHistory(partyId: $id, first: 500) { __typename actorId party { members { player { id } team } } }
}"""


async def test_200_players_who_change_teams_at_once_never_overfill_one(http: HttpClient, address: Address) -> None:
    """In each party of eight, two members leave, and at the same moment all others change to the other team."""
    players = await asyncio.gather(*(guest(http, address) for _ in range(TEAM_PARTIES * PARTY_PLAYERS)))
    groups = [players[at : at + PARTY_PLAYERS] for at in range(0, len(players), PARTY_PLAYERS)]
    parties = await asyncio.gather(*(party_of(*group, teams=2, maxMembers=PARTY_PLAYERS) for group in groups))
    pairs = list(zip(groups, parties, strict=True))
    answers = await asyncio.gather(
        *(leave_or_change(place, player, party) for group, party in pairs for place, player in enumerate(group))
    )
    kinds = Counter(answer.get("code", "changed") for answer in answers)
    assert kinds.total() == TEAM_PARTIES * PARTY_PLAYERS, "everybody is answered"
    assert set(kinds) == {"changed", "TEAM_FULL"}
    for group, party in pairs:
        log = await history(address, group[0], party["id"])
        for entry in log:
            sizes = Counter(member["team"] for member in entry["party"]["members"])
            assert set(sizes) <= {1, 2}
            assert max(sizes.values()) <= TEAM_SEATS
        moves = Counter(entry["actorId"] for entry in log if entry["__typename"] == "MemberUpdated")
        changed = [answer["party"]["id"] for answer in answers if answer["__typename"] == "PartyChanged"]
        assert set(moves.values()) <= {1}
        assert len(moves) == changed.count(party["id"]) - 2, "each answered change, and no other, is in the log"


async def leave_or_change(place: int, player: Player, party: Answer) -> Answer:
    if place >= PARTY_PLAYERS - 2:
        return await player.does("LeaveParty", partyId=party["id"])
    return await player.tries("SetTeam", partyId=party["id"], team=2 - place % 2)


async def history(address: Address, player: Player, party_id: str) -> list[Answer]:
    async with httpx.AsyncClient(base_url=address.base, trust_env=False) as client:
        body = {"query": TEAMS_OVER_TIME, "variables": {"id": party_id}}
        answer = await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {player.token}"})
    log: list[Answer] = answer.json()["data"]["partyHistory"]
    return log

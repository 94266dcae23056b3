"""Players on different kinds of client who play together, and the events that each received."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.journey.agreement import as_update, differences, log_of
from tests.journey.players import Player, Watch
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.socket_client import SocketClient


class Rest:
    """A player who only sends plain requests."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def post(self, path: str, **body: Any) -> Answer:
        answer = await self._http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        told: Answer = answer.json()
        return told


@pytest.fixture
async def bram_over_socket(bram: Player) -> AsyncIterator[tuple[Player, SocketClient]]:
    """Bram acts over the socket on which he watches."""
    async with bram.connected() as client:
        yield replace(bram, client=client), client


@pytest.fixture
async def cleo_by_rest(cleo: Player, address: Address) -> AsyncIterator[Rest]:
    headers = {"Authorization": f"Bearer {cleo.token}"}
    async with httpx.AsyncClient(base_url=address.base, headers=headers, trust_env=False) as http:
        yield Rest(http)


def expect_endpoint_inside_only(player_id: str, events: list[Answer]) -> None:
    """In each event with a running session, the player sees endpoint and seed if and only if the player is in the session."""
    told = [event["session"] for event in events if (event.get("session") or {}).get("endpoint", "untold") != "untold"]
    begun = [session for session in told if session["status"] != "WAITING"]
    inside = [player_id in [player["id"] for player in session["players"]] for session in begun]
    assert [session["endpoint"] is not None for session in begun] == inside
    assert [session["seed"] is not None for session in begun] == inside


async def all_hear(seq: int, *watches: Watch) -> None:
    for watch in watches:
        await watch.until_seq(seq)


def expect_agreement(on_graphql: Iterable[list[Answer]], on_updates: list[Answer]) -> None:
    """Each player received the log without a gap from their first entry to the last, and all received the same content."""
    plain = log_of(on_updates)
    logs = [{seq: as_update(event) for seq, event in log_of(events).items()} for events in on_graphql]
    for log in logs:
        for other in logs:
            common = log.keys() & other.keys()
            assert {seq: log[seq] for seq in common} == {seq: other[seq] for seq in common}
        told_otherwise = [line for seq in log.keys() & plain.keys() for line in differences(log[seq], plain[seq])]
        assert told_otherwise == []
    assert {event["type"] for event in plain.values()} >= {
        "MemberJoined",
        "MemberLeft",
        "MemberConnectionChanged",
        "LeaderChanged",
        "CountdownStarted",
        "SessionStarted",
        "SessionUpdated",
        "SessionEnded",
        "MessagePosted",
    }

"""SIGTERM with a thousand followers: no new clients, a reconnect time for each follower, no loss, exit code 0."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.graphql_ws_client import open_client
from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, Player
from tests.served.lobby import guests
from tests.served.process import server_process
from tools.demo.address import Address
from tools.demo.http_client import http_client
from web.serving import STOP_WAIT_S
from web.settings.settings import Settings

FOLLOWERS = 1000 if Settings().fast else 200
"""Each follower is a stream. The plain server executes each event for each follower, so it gets fewer."""
PER_SOCKET, PER_PLAYER, PER_PARTY = 4, 20, 5
"""Several streams share a socket, and a player has several sockets."""
OPENING_MAX = 50
DOWN_MAX_S = STOP_WAIT_S
FOLLOW = """
subscription ($partyId: ID!) {
  partyEvents(partyId: $partyId) { __typename seq ... on Heartbeat { reconnectAfterMs } }
}
"""


@dataclass(slots=True)
class Socket:
    """One connection with a few followers on it."""

    player: Player
    connection: ClientConnection
    last: dict[str, dict[str, object]] = field(default_factory=dict)
    """The newest event of each follower."""
    told: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first follower has received a reconnect time."""

    async def goodbye(self) -> int | None:
        """The code with which the server closes, after everything that it says before."""
        try:
            async for text in self.connection:
                self._take(json.loads(text))
        except ConnectionClosed:
            pass
        return self.connection.close_code

    def _take(self, frame: dict[str, object]) -> None:
        payload = frame.get("payload")
        if frame["type"] == "next" and isinstance(payload, dict):
            event = self.last[str(frame["id"])] = payload["data"]["partyEvents"]
            if event.get("reconnectAfterMs") is not None:
                self.told.set()


async def socket(player: Player, party_id: str) -> Socket:
    """A socket whose followers have had their snapshots."""
    client = await open_client(player.address.base, proxy=None, compression=None)
    await client.init({"authorization": player.token})
    for number in range(PER_SOCKET):
        await client.ask(FOLLOW, str(number), variables={"partyId": party_id})
    new = Socket(player, client.connection)
    while len(new.last) < PER_SOCKET:
        new._take(await client.receive())
    assert {event["__typename"] for event in new.last.values()} <= {"PartySnapshot", "MemberConnectionChanged"}
    return new


async def sockets(address: Address) -> list[Socket]:
    """All followers, a few players to a party."""
    async with http_client(address, DOCUMENTS) as http:
        players = await guests(http, address, FOLLOWERS // PER_PLAYER)
        groups = [players[first : first + PER_PARTY] for first in range(0, len(players), PER_PARTY)]
        parties = await asyncio.gather(*(party_of(*group) for group in groups))
    room = asyncio.Semaphore(OPENING_MAX)

    async def opened(player: Player, party_id: str) -> Socket:
        async with room:
            return await socket(player, party_id)

    seats = [(player, party["id"]) for group, party in zip(groups, parties, strict=True) for player in group]
    return list(await asyncio.gather(*(opened(*seat) for seat in seats for _ in range(PER_PLAYER // PER_SOCKET))))


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The effects of a SIGTERM with all followers connected, and of a new client that comes after the first reconnect time."""

    exit_code: int
    took_s: float
    codes: Counter[int | None]
    last: list[dict[str, object]]
    was_let_in: bool
    before: object
    """A follower's party, as it was before,"""
    after: object
    """and as it is when the server has been started again on the same file."""


@pytest.fixture(scope="module")
async def shutdown(tmp_path_factory: pytest.TempPathFactory) -> Shutdown:
    file = tmp_path_factory.mktemp("terminated") / "lobby.db"
    limits = {"connections_per_address_max": 2 * FOLLOWERS, "rate_limits": "off"}
    async with server_process(file, **limits) as server:
        open_sockets = await sockets(server.address)
        one = open_sockets[0].player
        before = await my_party(server.address, one)
        goodbyes = [asyncio.create_task(each.goodbye()) for each in open_sockets]
        began = monotonic()
        server.terminate()
        was_let_in = await is_let_in(server.address, open_sockets)
        exit_code = await server.exit_code()
        took_s = monotonic() - began
        codes = Counter(await asyncio.gather(*goodbyes))
    async with server_process(file) as server:
        after = await my_party(server.address, one)
    last = [event for each in open_sockets for event in each.last.values()]
    return Shutdown(exit_code, took_s, codes, last, was_let_in, before, after)


async def my_party(address: Address, player: Player) -> object:
    async with http_client(address, DOCUMENTS) as http:
        return await http.as_player(player.token).run("MyParty")


async def is_let_in(address: Address, open_sockets: list[Socket]) -> bool:
    """True if a new client can connect after the first follower has received its reconnect time."""
    await asyncio.wait([asyncio.create_task(each.told.wait()) for each in open_sockets], return_when="FIRST_COMPLETED")
    try:
        await connect(address.socket, proxy=None)
    except (OSError, InvalidHandshake):
        return False
    return True


async def test_the_server_exits_in_time_and_in_peace(shutdown: Shutdown) -> None:
    assert (shutdown.exit_code, shutdown.took_s < DOWN_MAX_S) == (0, True)


async def test_every_follower_is_told_to_come_back_and_not_all_at_once(shutdown: Shutdown) -> None:
    assert Counter(event["__typename"] for event in shutdown.last) == {"Heartbeat": FOLLOWERS}
    waits_ms = [event["reconnectAfterMs"] for event in shutdown.last]
    assert all(isinstance(wait_ms, int) and wait_ms > 0 for wait_ms in waits_ms)
    assert len(set(waits_ms)) > FOLLOWERS / 10


async def test_every_socket_is_closed_with_service_restart(shutdown: Shutdown) -> None:
    assert shutdown.codes == {1012: FOLLOWERS // PER_SOCKET}


async def test_nobody_new_is_let_in(shutdown: Shutdown) -> None:
    assert not shutdown.was_let_in


async def test_nobody_is_taken_to_have_left(shutdown: Shutdown) -> None:
    """The streams end because the server does; the next one finds everybody where they were."""
    assert shutdown.after == shutdown.before

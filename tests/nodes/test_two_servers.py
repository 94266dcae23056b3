"""Two whole servers over one Valkey: changes on one reach clients on the other, with the same tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.graphql_ws_client import Frame, open_client
from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, guest
from tests.served.lobby import history, lobby
from tools.chaos.valkey.server import ValkeyServer
from tools.demo.address import Address
from tools.demo.http_client import http_client


@pytest.fixture
def servers(valkey: ValkeyServer) -> Iterator[tuple[Address, Address]]:
    settings = {"store": valkey.url, "secret": "the secret of both of the two nodes"}
    with lobby(**settings) as one, lobby(**settings) as other:
        yield one, other


async def test_a_change_on_one_server_reaches_followers_on_the_other(servers: tuple[Address, Address]) -> None:
    one, other = servers
    async with http_client(one, DOCUMENTS) as here, http_client(other, DOCUMENTS) as there:
        ann, bob = await guest(here, one), await guest(there, other)
        party = await party_of(ann)
        async with ann.watching(partyId=party["id"]) as watch:
            joined = await bob.does("JoinByCode", joinCode=party["joinCode"])
            heard = await watch.until_seq(joined["seq"])
            assert ("MemberJoined", bob.id) == (heard["__typename"], heard["member"]["player"]["id"])
        listed = await bob.ask("Parties", first=10)
        assert [row["id"] for row in listed["nodes"]] == [party["id"]]
        ann_there = replace(ann, client=there.as_player(ann.token), address=other)
        said = await ann_there.does("PostMessage", partyId=party["id"], text="from the other", idempotencyKey="k")
        again = await ann.does("PostMessage", partyId=party["id"], text="from the other", idempotencyKey="k")
        assert (True, said["seq"]) == (again["replayed"], again["seq"])
        since_joining = [entry for entry in await history(ann, party["id"]) if entry["seq"] >= joined["seq"]]
        assert await history(bob, party["id"]) == since_joining


async def test_subscriptions_to_a_party_that_the_valkey_has_lost_end_with_not_found(
    servers: tuple[Address, Address], valkey: ValkeyServer
) -> None:
    one, _ = servers
    async with http_client(one, DOCUMENTS) as http:
        ann = await guest(http, one)
        party = await party_of(ann)
        client = await open_client(one.base)
        await client.init({"authorization": f"Bearer {ann.token}"})
        await client.ask(f'subscription {{ partyEvents(partyId: "{party["id"]}") {{ __typename seq }} }}')
        await client.ask("subscription { lobbyEvents { change partyId } }", "list")
        first = [await client.receive(), await client.receive()]
        assert {frame["type"] for frame in first} == {"next"}
        valkey.flush()
        assert (await ann.ask("Parties", first=10))["nodes"] == []
        ends: dict[str, Frame] = {}
        while len(ends) < 2:
            frame = await client.receive()
            ends[frame["id"]] = ends.get(frame["id"], frame)
        (error,) = ends["1"]["payload"]["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
        listed = ends["list"]["payload"]["data"]["lobbyEvents"]
        assert listed == {"change": "DELISTED", "partyId": party["id"]}
        await client.connection.close()

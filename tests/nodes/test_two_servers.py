"""Two whole servers over one Valkey: what is done at one is heard at the other, by the same clients and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chaos.valkey.server import ValkeyServer
from lobby.demo.address import Address
from lobby.demo.http_client import http_client
from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, guest
from tests.served.lobby import history, lobby


@pytest.fixture
def servers(valkey: ValkeyServer) -> Iterator[tuple[Address, Address]]:
    settings = {"store": valkey.url, "secret": "of both"}
    with lobby(**settings) as one, lobby(**settings) as other:
        yield one, other


async def test_what_is_done_at_one_server_is_heard_at_the_other(servers: tuple[Address, Address]) -> None:
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
        ann_there = replace(ann, client=there.signed_in(ann.token), address=other)
        said = await ann_there.does("PostMessage", partyId=party["id"], text="from the other", idempotencyKey="k")
        again = await ann.does("PostMessage", partyId=party["id"], text="from the other", idempotencyKey="k")
        assert (True, said["seq"]) == (again["replayed"], again["seq"])
        assert await history(ann, party["id"]) == await history(bob, party["id"])

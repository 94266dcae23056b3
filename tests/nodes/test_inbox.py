"""Inboxes over several nodes: entries reach a player on another node, and each node knows who follows the inbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.inbox_clients import TRANSPORTS, inbox_client
from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, guest
from tests.lobby.domain.scenes import player
from tests.nodes.node import Node
from tests.served.lobby import lobby
from tests.waiting import wait_until
from tools.chaos.valkey.server import ValkeyServer
from tools.demo.address import Address
from tools.demo.http_client import http_client


@pytest.fixture
def servers(valkey: ValkeyServer) -> Iterator[tuple[Address, Address]]:
    settings = {"store": valkey.url, "secret": "the secret of both of the two nodes"}
    with lobby(**settings) as one, lobby(**settings) as other:
        yield one, other


async def test_an_entry_made_on_one_server_reaches_the_inbox_on_the_other(servers: tuple[Address, Address]) -> None:
    one, other = servers
    async with http_client(one, DOCUMENTS) as here:
        ann, bob = await guest(here, one), await guest(here, one)
        async with inbox_client(TRANSPORTS[0], other.base, bob.token) as inbox:
            start = await inbox.receive()
            party = await party_of(ann, bob)
            came = await inbox.receive()
            assert (came["party"], came["leaveReason"]) == ({"id": party["id"]}, None)
            await ann.does("KickMember", partyId=party["id"], playerId=bob.id)
            left = await inbox.receive()
            assert (left["party"], left["leaveReason"]) == (None, "KICKED")
        for transport in TRANSPORTS:
            async with inbox_client(transport, one.base, bob.token, start["cursor"]) as again:
                assert [event["seq"] for event in await again.receive_many(2)] == [came["seq"], left["seq"]]


async def test_each_node_knows_who_follows_the_inbox_on_another_one(here: Node, there: Node) -> None:
    party = await here.create("ann")

    async def is_known() -> bool:
        return await here.presence.is_connected_to_inbox("ann")

    async def is_unknown() -> bool:
        return not await is_known()

    assert await is_unknown()
    with there.presence.open_inbox("ann"), there.presence.open_inbox("ann"):
        await wait_until(is_known)
        assert not await here.presence.is_connected_to_inbox("bob")
    await wait_until(is_unknown)
    assert (await here.store.party(party.id)) == party, "it makes nobody a connected member"


async def test_the_inbox_of_a_player_on_a_dead_node_counts_no_more(here: Node, there: Node) -> None:
    async def is_known() -> bool:
        return await here.presence.is_connected_to_inbox(player("ann").id)

    async def is_unknown() -> bool:
        return not await is_known()

    there.streams.enter_context(there.presence.open_inbox("ann"))
    await wait_until(is_known)
    await there.crash()
    await wait_until(is_unknown)

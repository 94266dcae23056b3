"""Limits on sockets, event streams and subscriptions at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.graphql_ws_client import SocketClient, socket_client
from tests.web.event_client import EVENTS
from tests.web.graphql_app import RunningServer, ServerOptions
from tests.web.graphql_app import running as sample
from tests.web.rest_client import Rest, guest, running
from tests.web.updates_client import updates
from web.connections.connection_limits import ConnectionLimits

WATCH_LIST = "subscription { lobbyEvents { change } }"
WATCH = "subscription ($id: ID!) { partyEvents(partyId: $id) { seq } }"
TRY_AGAIN_LATER = 1013


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The whole server, with low limits."""
    with running(streams_per_player_max=2, connections_per_player_max=3) as url:
        yield url


async def opened(stack: AsyncExitStack, url: str, token: str | None = None) -> SocketClient:
    client = await stack.enter_async_context(socket_client(url))
    if token is not None:
        await client.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
    return client


async def taken(stack: AsyncExitStack, server: RunningServer, count: int, token: str = "ann") -> None:
    for _ in range(count):
        assert (await (await opened(stack, server.url, token)).receive())["type"] == "connection_ack"


@pytest.mark.parametrize(
    ("limits", "token", "why"),
    [
        (ConnectionLimits(per_address_max=2), None, "An address has at most 2 connections."),
        (ConnectionLimits(connections_max=2), None, "The server has as many connections as it takes."),
        (ConnectionLimits(per_player_max=2), "ann", "A player has at most 2 connections."),
    ],
)
async def test_a_socket_too_many_is_closed_with_1013(limits: ConnectionLimits, token: str | None, why: str) -> None:
    with sample(ServerOptions(connection_limits=limits)) as server:
        async with AsyncExitStack() as stack:
            await taken(stack, server, 2)

            assert await (await opened(stack, server.url, token)).close_frame() == (TRY_AGAIN_LATER, why)


async def test_a_socket_that_ends_makes_room_for_another() -> None:
    with sample(ServerOptions(connection_limits=ConnectionLimits(per_player_max=1, per_address_max=1))) as server:
        for _ in range(3):
            async with AsyncExitStack() as stack:
                await taken(stack, server, 1)


async def test_an_event_stream_too_many_gets_503() -> None:
    with sample(ServerOptions(connection_limits=ConnectionLimits(per_player_max=1))) as server:
        async with AsyncExitStack() as stack, httpx.AsyncClient() as client:
            await taken(stack, server, 1)
            headers = {**EVENTS, "authorization": "Bearer ann"}
            asked = {"query": "subscription { idle }"}
            response = await client.post(f"{server.url}/graphql", json=asked, headers=headers)

    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_sockets_of_updates_and_of_graphql_count_together(url: str) -> None:
    ann = guest(url)
    party = ann.makes()["party_id"]
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(updates(url, party_id=party, token=ann.token))

        assert (await (await opened(stack, url, ann.token)).close_frame())[0] == TRY_AGAIN_LATER


async def test_streams_of_a_player_are_limited_over_all_sockets(url: str) -> None:
    ann = guest(url)
    party = ann.makes()["party_id"]
    async with AsyncExitStack() as stack:
        sockets = [await opened(stack, url, ann.token) for _ in range(2)]
        for client in sockets:
            await client.receive()
        await sockets[0].ask(WATCH_LIST, "list")
        await sockets[0].ask(WATCH, "party", variables={"id": party})
        await sockets[0].receive_many(2)

        answers = [
            await sockets[1].answer(WATCH, "again", variables={"id": party}),
            await sockets[1].answer(WATCH_LIST, "again"),
        ]

    assert {answer["errors"][0]["extensions"]["code"] for answer in answers} == {"LIMIT_EXCEEDED"}


async def test_streams_of_updates_count_as_streams_too(url: str) -> None:
    ann = guest(url)
    party = ann.makes()
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(updates(url)) for _ in range(3)]
        heard = []
        for client in sockets:
            await client.subscribe(party_id=party["party_id"], token=ann.token)
            heard.append(await client.receive())

    assert [frame.get("code") for frame in heard] == [None, None, "LIMIT_EXCEEDED"]


def test_clients_can_query_the_limits(url: str) -> None:
    told = Rest(url).graphql("{ serverInfo { limits { streamsMax connectionsMax bodyBytesMax } } }")

    assert told["serverInfo"]["limits"] == {"streamsMax": 2, "connectionsMax": 3, "bodyBytesMax": 204_800}

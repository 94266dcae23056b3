"""graphql-transport-ws up to the acknowledgement, by PROTOCOL.md of the npm package graphql-ws, version 6."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.graphql_ws_client import LEGACY, TRANSPORT, acknowledged_client, socket_client
from tests.web.graphql_app import RunningServer, ServerOptions, running
from web.connections.socket_conversation import SocketLimits


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


async def test_the_subprotocol_is_agreed_on(server: RunningServer) -> None:
    async with socket_client(server.url) as client:
        assert client.connection.subprotocol == TRANSPORT


async def test_the_newer_subprotocol_is_chosen_if_both_are_offered(server: RunningServer) -> None:
    async with socket_client(server.url, LEGACY, TRANSPORT) as client:
        assert client.connection.subprotocol == TRANSPORT


@pytest.mark.parametrize("offered", [["graphql"], ["graphql-transport-wss", "x"], ["GRAPHQL-TRANSPORT-WS"]])
async def test_another_subprotocol_is_closed_with_4406(server: RunningServer, offered: list[str]) -> None:
    async with socket_client(server.url, *offered) as client:
        assert client.connection.subprotocol is None
        assert await client.close_frame() == (4406, "Subprotocol not acceptable")


async def test_a_slash_at_the_end_makes_no_difference(server: RunningServer) -> None:
    async with socket_client(server.url, path="/graphql/") as client:
        await client.init()


async def test_init_is_acknowledged(server: RunningServer) -> None:
    async with socket_client(server.url) as client:
        await client.send({"type": "connection_init"})
        assert await client.receive() == {"type": "connection_ack"}


@pytest.mark.parametrize("payload", [None, {}, {"unknown": {"deep": [1]}}])
async def test_the_payload_of_init_may_be_null_empty_or_unknown(server: RunningServer, payload: object) -> None:
    async with socket_client(server.url) as client:
        await client.init(payload)


async def test_no_init_within_the_wait_is_closed_with_4408() -> None:
    with running(ServerOptions(socket_limits=SocketLimits(init_wait_s=0.1))) as server:
        async with socket_client(server.url) as client:
            assert await client.close_frame() == (4408, "Connection initialisation timeout")


async def test_other_messages_do_not_extend_the_wait_for_init() -> None:
    with running(ServerOptions(socket_limits=SocketLimits(init_wait_s=0.2))) as server:
        async with socket_client(server.url) as client:
            await client.send({"type": "ping"})
            assert await client.close_frame() == (4408, "Connection initialisation timeout")


async def test_an_acknowledged_connection_outlives_the_wait_for_init() -> None:
    with running(ServerOptions(socket_limits=SocketLimits(init_wait_s=0.5))) as server:
        async with socket_client(server.url) as first:
            await first.init()
            async with socket_client(server.url) as second:
                await second.close_frame()
            assert await first.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_a_second_init_is_closed_with_4429(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.send({"type": "connection_init"})
        assert await client.close_frame() == (4429, "Too many initialisation requests")


async def test_two_inits_at_once_are_closed_with_4429(server: RunningServer) -> None:
    async with socket_client(server.url) as client:
        await client.send(*2 * [{"type": "connection_init"}])
        assert await client.close_frame() == (4429, "Too many initialisation requests")


async def test_subscribing_without_an_init_is_closed_with_4401(server: RunningServer) -> None:
    async with socket_client(server.url) as client:
        await client.ask("{ hello }")
        assert await client.close_frame() == (4401, "Unauthorized")


async def test_a_subscribe_right_behind_init_finds_the_connection_acknowledged(server: RunningServer) -> None:
    """Unity clients do not wait for the acknowledgement."""
    async with socket_client(server.url) as client:
        await client.send({"type": "connection_init"})
        await client.ask("{ hello }")
        kinds = [frame["type"] for frame in await client.receive_many(3)]

    assert kinds == ["connection_ack", "next", "complete"]

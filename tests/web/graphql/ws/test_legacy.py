"""The legacy graphql-ws of older clients, by PROTOCOL.md of the npm package subscriptions-transport-ws 0.11."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.graphql_ws_client import LEGACY, SocketClient, socket_client
from tests.needs import needs
from tests.serving import socket_url
from tests.web.graphql_app import RunningServer, ServerOptions, running
from web.connections.socket_conversation import SocketLimits

AUDIT = Path(__file__).parents[3] / "audit"


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


@asynccontextmanager
async def legacy_client(server: RunningServer, payload: object = None) -> AsyncIterator[SocketClient]:
    """A client whose connection has been acknowledged."""
    async with socket_client(server.url, LEGACY) as client:
        await client.send({"type": "connection_init", "payload": payload})
        assert await client.receive_many(2) == [{"type": "connection_ack"}, {"type": "ka"}]
        yield client


async def test_init_is_acknowledged_and_a_keep_alive_follows(server: RunningServer) -> None:
    async with legacy_client(server) as client:
        assert client.connection.subprotocol == LEGACY


async def test_keep_alives_continue() -> None:
    with running(ServerOptions(socket_limits=SocketLimits(keep_alive_s=0.05))) as server:
        async with legacy_client(server) as client:
            assert await client.receive_many(2) == 2 * [{"type": "ka"}]


async def test_a_subscription_sends_data_messages_and_then_complete(server: RunningServer) -> None:
    async with legacy_client(server) as client:
        await client.ask("subscription { count(to: 2) }", "a")
        assert await client.receive_many(3) == [
            {"id": "a", "type": "data", "payload": {"data": {"count": 1}}},
            {"id": "a", "type": "data", "payload": {"data": {"count": 2}}},
            {"id": "a", "type": "complete"},
        ]


@pytest.mark.parametrize("query", ["{ hello }", "mutation { bump }"])
async def test_a_query_or_mutation_sends_one_data_and_then_complete(server: RunningServer, query: str) -> None:
    async with legacy_client(server) as client:
        assert {"data"} == (await client.answer(query)).keys()


async def test_a_stop_closes_the_source_and_is_answered_with_complete(server: RunningServer) -> None:
    async with legacy_client(server) as client:
        await client.ask("subscription { idle }", "a")
        await client.receive()
        await client.send({"id": "a", "type": "stop"})
        assert await client.receive() == {"id": "a", "type": "complete"}
        assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


async def test_a_stop_for_an_unknown_id_is_ignored(server: RunningServer) -> None:
    async with legacy_client(server) as client:
        await client.send({"id": "never", "type": "stop"})
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_a_start_under_an_id_in_use_replaces_the_operation(server: RunningServer) -> None:
    async with legacy_client(server) as client:
        await client.ask("subscription { idle }", "same")
        await client.receive()
        assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}
        assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


async def test_an_operation_that_cannot_start_gets_one_error(server: RunningServer) -> None:
    async with legacy_client(server) as client:
        await client.ask("{ typo another }", "a")
        frame = await client.receive()
        assert (frame["id"], frame["type"]) == ("a", "error")
        assert frame["payload"]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


@pytest.mark.parametrize("query", ["{ needsPlayer }", "subscription { refused }"])
async def test_a_field_error_is_sent_as_data_and_not_as_an_error(server: RunningServer, query: str) -> None:
    async with legacy_client(server) as client:
        assert (await client.answer(query))["errors"]


async def test_starting_without_an_init_is_closed_with_4401(server: RunningServer) -> None:
    async with socket_client(server.url, LEGACY) as client:
        await client.ask("{ hello }")
        notice = {"type": "connection_error", "payload": {"message": "Unauthorized", "code": 4401}}
        assert notice == await client.receive()
        assert await client.close_frame() == (4401, "Unauthorized")


async def test_an_invalid_token_gets_a_connection_error_and_a_close(server: RunningServer) -> None:
    async with socket_client(server.url, LEGACY) as client:
        await client.send({"type": "connection_init", "payload": {"Authorization": "Bearer forged"}})
        reason = "The token is not one of ours."
        assert {"type": "connection_error", "payload": {"message": reason, "code": 4403}} == await client.receive()
        assert (4403, reason) == await client.close_frame()


async def test_the_token_signs_the_player_in(server: RunningServer) -> None:
    async with legacy_client(server, {"Authorization": "Bearer ann"}) as client:
        assert await client.answer("{ who }") == {"data": {"who": "Ann"}}


async def test_a_malformed_message_is_answered_and_the_connection_stays_open(server: RunningServer) -> None:
    async with legacy_client(server) as client:
        for malformed in ("{", "[]", {"type": 7}, {"type": "ping"}, {"type": "start", "id": 7}):
            await client.send(malformed)
            assert (await client.receive())["type"] == "connection_error"
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_a_malformed_start_is_an_error_of_that_operation(server: RunningServer) -> None:
    async with legacy_client(server) as client:
        await client.send({"type": "start", "id": "a", "payload": {"query": 7}})
        frame = await client.receive()
        assert (
            frame["id"],
            frame["type"],
            frame["payload"]["message"],
        ) == ("a", "error", "start: query must be a string.")


async def test_terminate_closes_the_socket(server: RunningServer) -> None:
    async with legacy_client(server) as client:
        await client.send({"type": "connection_terminate"})
        assert await client.close_frame() == (1000, "")


async def test_the_legacy_subprotocol_can_be_turned_off() -> None:
    with running(ServerOptions(legacy=False)) as server:
        async with socket_client(server.url, LEGACY) as client:
            assert (await client.close_frame())[0] == 4406


def test_the_legacy_javascript_client_works(server: RunningServer) -> None:
    """Apollo's client in its last version: queries, subscriptions, errors, a refused token, and the notice before a close."""
    node = needs("node")
    needs("tests/audit")
    command: list[str | Path] = [node, AUDIT / "legacy.js", socket_url(server.url)]

    output = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    assert output.splitlines() == [
        '{"data":{"hello":"world"}}',
        '{"data":{"count":1}}',
        '{"data":{"count":2}}',
        "complete",
        "Cannot query field 'typo' on type 'Query'.",
        '{"data":{"who":"Ann"}}',
        "The token is not one of ours.",
    ]

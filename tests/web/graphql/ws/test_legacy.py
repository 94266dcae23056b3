"""The legacy graphql-ws, by PROTOCOL.md of the npm package subscriptions-transport-ws 0.11: what older
clients speak."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lobby.http.graphql_ws import SocketLimits
from tests.http.graphql_app import Running, Setting, running
from tests.http.graphql_client import LEGACY, SocketClient, socket_client
from tests.needs import needs
from tests.serving import socket_url

AUDIT = Path(__file__).parents[1] / "audit"


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as server:
        yield server


@asynccontextmanager
async def legacy_client(server: Running, payload: object = None) -> AsyncIterator[SocketClient]:
    """A client whose connection has been acknowledged."""
    async with socket_client(server.url, LEGACY) as client:
        await client.say({"type": "connection_init", "payload": payload})
        assert await client.hear_many(2) == [{"type": "connection_ack"}, {"type": "ka"}]
        yield client


async def test_init_is_acknowledged_and_a_keep_alive_follows(server: Running) -> None:
    async with legacy_client(server) as client:
        assert client.connection.subprotocol == LEGACY


async def test_keep_alives_go_on() -> None:
    with running(Setting(socket_limits=SocketLimits(keep_alive_s=0.05))) as server:
        async with legacy_client(server) as client:
            assert await client.hear_many(2) == 2 * [{"type": "ka"}]


async def test_a_subscription_is_data_upon_data_and_then_complete(server: Running) -> None:
    async with legacy_client(server) as client:
        await client.ask("subscription { count(to: 2) }", "a")
        assert await client.hear_many(3) == [
            {"id": "a", "type": "data", "payload": {"data": {"count": 1}}},
            {"id": "a", "type": "data", "payload": {"data": {"count": 2}}},
            {"id": "a", "type": "complete"},
        ]


@pytest.mark.parametrize("query", ["{ hello }", "mutation { bump }"])
async def test_queries_and_mutations_are_one_data_and_then_complete(server: Running, query: str) -> None:
    async with legacy_client(server) as client:
        assert {"data"} == (await client.answer(query)).keys()


async def test_a_stop_closes_the_source_and_is_answered_with_complete(server: Running) -> None:
    async with legacy_client(server) as client:
        await client.ask("subscription { idle }", "a")
        await client.hear()
        await client.say({"id": "a", "type": "stop"})
        assert await client.hear() == {"id": "a", "type": "complete"}
        assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


async def test_a_stop_is_ignored_where_there_is_nothing_to_stop(server: Running) -> None:
    async with legacy_client(server) as client:
        await client.say({"id": "never", "type": "stop"})
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_a_start_under_an_id_in_use_takes_its_place(server: Running) -> None:
    async with legacy_client(server) as client:
        await client.ask("subscription { idle }", "same")
        await client.hear()
        assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}
        assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


async def test_an_operation_that_cannot_begin_is_one_error(server: Running) -> None:
    async with legacy_client(server) as client:
        await client.ask("{ typo another }", "a")
        frame = await client.hear()
        assert (frame["id"], frame["type"]) == ("a", "error")
        assert frame["payload"]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


@pytest.mark.parametrize("query", ["{ needsPlayer }", "subscription { refused }"])
async def test_what_a_field_refuses_is_data_and_not_an_error(server: Running, query: str) -> None:
    async with legacy_client(server) as client:
        assert (await client.answer(query))["errors"]


async def test_starting_without_an_init_is_closed_with_4401(server: Running) -> None:
    async with socket_client(server.url, LEGACY) as client:
        await client.ask("{ hello }")
        notice = {"type": "connection_error", "payload": {"message": "Unauthorized", "code": 4401}}
        assert notice == await client.hear()
        assert await client.closing() == (4401, "Unauthorized")


async def test_a_bad_token_is_a_connection_error_and_a_close(server: Running) -> None:
    async with socket_client(server.url, LEGACY) as client:
        await client.say({"type": "connection_init", "payload": {"Authorization": "Bearer forged"}})
        reason = "The token is not one of ours."
        assert {"type": "connection_error", "payload": {"message": reason, "code": 4403}} == await client.hear()
        assert (4403, reason) == await client.closing()


async def test_the_token_counts(server: Running) -> None:
    async with legacy_client(server, {"Authorization": "Bearer ann"}) as client:
        assert await client.answer("{ who }") == {"data": {"who": "Ann"}}


async def test_a_malformed_message_is_answered_and_the_connection_goes_on(server: Running) -> None:
    async with legacy_client(server) as client:
        for malformed in ("{", "[]", {"type": 7}, {"type": "ping"}, {"type": "start", "id": 7}):
            await client.say(malformed)
            assert (await client.hear())["type"] == "connection_error"
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_a_malformed_start_is_an_error_of_that_operation(server: Running) -> None:
    async with legacy_client(server) as client:
        await client.say({"type": "start", "id": "a", "payload": {"query": 7}})
        frame = await client.hear()
        assert (
            frame["id"],
            frame["type"],
            frame["payload"]["message"],
        ) == ("a", "error", "start: query must be a string.")


async def test_terminate_closes_the_socket(server: Running) -> None:
    async with legacy_client(server) as client:
        await client.say({"type": "connection_terminate"})
        assert await client.closing() == (1000, "")


async def test_it_can_be_turned_off() -> None:
    with running(Setting(legacy=False)) as server:
        async with socket_client(server.url, LEGACY) as client:
            assert (await client.closing())[0] == 4406


def test_its_own_javascript_client_gets_along(server: Running) -> None:
    """Apollo's, as it was published last: queries, subscriptions, errors, a refused token, and the notice
    of a close."""
    node = needs("node")
    needs("tests/audit")
    command: list[str | Path] = [node, AUDIT / "legacy.js", socket_url(server.url)]

    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    assert told.splitlines() == [
        '{"data":{"hello":"world"}}',
        '{"data":{"count":1}}',
        '{"data":{"count":2}}',
        "complete",
        "Cannot query field 'typo' on type 'Query'.",
        '{"data":{"who":"Ann"}}',
        "The token is not one of ours.",
    ]

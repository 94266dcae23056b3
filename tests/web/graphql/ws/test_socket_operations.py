"""graphql-transport-ws after the acknowledgement: pings and operations, by PROTOCOL.md of the npm package graphql-ws 6."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.graphql_ws_client import acknowledged_client, socket_client
from tests.web.graphql_app import RunningServer, running


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


@pytest.mark.parametrize("payload", [{}, {"at": 1, "deep": {"a": [None]}}])
async def test_a_ping_is_answered_with_its_payload(server: RunningServer, payload: dict[str, object]) -> None:
    async with acknowledged_client(server.url) as client:
        await client.send({"type": "ping", "payload": payload})
        assert {"type": "pong", "payload": payload} == await client.receive()


@pytest.mark.parametrize("ping", [{"type": "ping"}, {"type": "ping", "payload": None}])
async def test_a_ping_without_a_payload_is_answered_without_one(server: RunningServer, ping: dict[str, object]) -> None:
    async with acknowledged_client(server.url) as client:
        await client.send(ping)
        assert await client.receive() == {"type": "pong"}


async def test_a_ping_may_come_before_the_acknowledgement(server: RunningServer) -> None:
    async with socket_client(server.url) as client:
        await client.send({"type": "ping"})
        assert await client.receive() == {"type": "pong"}


async def test_a_pong_may_come_unasked(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.send({"type": "pong"}, {"type": "pong", "payload": {"a": 1}})
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_a_subscription_sends_next_messages_and_then_complete(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { count(to: 2) }", "a")
        assert await client.receive_many(3) == [
            {"id": "a", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "a", "type": "next", "payload": {"data": {"count": 2}}},
            {"id": "a", "type": "complete"},
        ]


@pytest.mark.parametrize("query", ["{ hello }", "{ later }", "mutation { bump }"])
async def test_a_query_or_mutation_sends_one_next_and_then_complete(server: RunningServer, query: str) -> None:
    async with acknowledged_client(server.url) as client:
        assert {"data"} == (await client.answer(query)).keys()


async def test_all_parameters_of_an_operation_are_used(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        query = "query A($a: Int!) { add(a: $a) } query B { hello }"
        answer = await client.answer(query, operationName="A", variables={"a": 2}, extensions={"x": 1})
        assert answer == {"data": {"add": 3}}


async def test_null_parameters_count_as_absent(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        answer = await client.answer("{ hello }", operationName=None, variables=None, extensions=None)
        assert answer == {"data": {"hello": "world"}}


async def test_operations_with_different_ids_run_at_the_same_time(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "a")
        await client.ask("subscription { idle }", "b")
        assert {"a", "b"} == {frame["id"] for frame in await client.receive_many(2)}
        assert await client.answer("{ hello }", "c") == {"data": {"hello": "world"}}


@pytest.mark.parametrize("second", ["subscription { idle }", "{ hello }", "mutation { bump }", "{ syntax"])
async def test_an_id_in_use_is_closed_with_4409(server: RunningServer, second: str) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "same")
        await client.receive()
        await client.ask(second, "same")
        assert await client.close_frame() == (4409, "Subscriber for same already exists")


async def test_single_result_operations_share_the_name_space_of_ids(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("mutation { bumpWhenTold }", "same")
        await client.ask("subscription { idle }", "same")
        assert await client.close_frame() == (4409, "Subscriber for same already exists")
        server.probe.tell()


async def test_an_id_is_free_again_once_its_operation_has_completed(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        for _ in range(3):
            assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}


async def test_an_id_is_free_again_once_its_operation_has_failed(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("{ syntax", "same")
        assert (await client.receive())["type"] == "error"
        assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}


async def test_an_id_is_free_again_once_the_client_has_completed_it(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "same")
        await client.receive()
        await client.send({"id": "same", "type": "complete"})
        assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}


async def test_a_completed_subscription_sends_nothing_more(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { endless }", "a")
        await client.receive()
        await client.send({"id": "a", "type": "complete"}, {"type": "ping"})
        while (frame := await client.receive()) != {"type": "pong"}:
            assert (frame["type"], frame["id"]) == ("next", "a")
        assert await client.answer("{ hello }", "b") == {"data": {"hello": "world"}}


async def test_a_complete_for_an_unknown_id_is_ignored(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.answer("{ hello }", "a")
        await client.send({"id": "a", "type": "complete"}, {"id": "never", "type": "complete"})
        assert await client.answer("{ hello }", "a") == {"data": {"hello": "world"}}


async def test_the_client_ends_with_a_normal_closure(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.connection.close(1000)
        assert client.connection.close_code == 1000


async def test_operations_that_the_client_completed_do_not_count(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        messages = [
            message
            for at in range(300)
            for message in (
                {"type": "subscribe", "id": f"s{at}", "payload": {"query": "subscription { endless }"}},
                {"type": "complete", "id": f"s{at}"},
            )
        ]
        await client.send(*messages)
        await client.ask("{ hello }", "last")
        while (frame := await client.receive())["id"] != "last":
            assert frame["type"] == "next", frame
        assert frame["payload"] == {"data": {"hello": "world"}}

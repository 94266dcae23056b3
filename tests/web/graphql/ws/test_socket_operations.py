"""graphql-transport-ws once acknowledged: pings and operations, by PROTOCOL.md of the npm package
graphql-ws, 6."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.http.graphql_app import Running, running
from tests.http.graphql_client import acknowledged_client, socket_client


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.mark.parametrize("payload", [{}, {"at": 1, "deep": {"a": [None]}}])
async def test_a_ping_is_answered_with_its_payload(server: Running, payload: dict[str, object]) -> None:
    async with acknowledged_client(server.url) as client:
        await client.say({"type": "ping", "payload": payload})
        assert {"type": "pong", "payload": payload} == await client.hear()


@pytest.mark.parametrize("ping", [{"type": "ping"}, {"type": "ping", "payload": None}])
async def test_a_ping_without_a_payload_is_answered_without_one(server: Running, ping: dict[str, object]) -> None:
    async with acknowledged_client(server.url) as client:
        await client.say(ping)
        assert await client.hear() == {"type": "pong"}


async def test_a_ping_may_come_before_the_acknowledgement(server: Running) -> None:
    async with socket_client(server.url) as client:
        await client.say({"type": "ping"})
        assert await client.hear() == {"type": "pong"}


async def test_a_pong_may_come_unasked(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.say({"type": "pong"}, {"type": "pong", "payload": {"a": 1}})
        assert await client.answer("{ hello }") == {"data": {"hello": "world"}}


async def test_a_streaming_operation_is_next_upon_next_and_then_complete(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { count(to: 2) }", "a")
        assert await client.hear_many(3) == [
            {"id": "a", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "a", "type": "next", "payload": {"data": {"count": 2}}},
            {"id": "a", "type": "complete"},
        ]


@pytest.mark.parametrize("query", ["{ hello }", "{ later }", "mutation { bump }"])
async def test_a_single_result_operation_is_one_next_and_then_complete(server: Running, query: str) -> None:
    async with acknowledged_client(server.url) as client:
        assert {"data"} == (await client.answer(query)).keys()


async def test_all_parameters_of_an_operation_count(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        query = "query A($a: Int!) { add(a: $a) } query B { hello }"
        answer = await client.answer(query, operationName="A", variables={"a": 2}, extensions={"x": 1})
        assert answer == {"data": {"add": 3}}


async def test_null_parameters_count_as_left_out(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        answer = await client.answer("{ hello }", operationName=None, variables=None, extensions=None)
        assert answer == {"data": {"hello": "world"}}


async def test_operations_with_ids_of_their_own_are_interleaved(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "a")
        await client.ask("subscription { idle }", "b")
        assert {"a", "b"} == {frame["id"] for frame in await client.hear_many(2)}
        assert await client.answer("{ hello }", "c") == {"data": {"hello": "world"}}


@pytest.mark.parametrize("second", ["subscription { idle }", "{ hello }", "mutation { bump }", "{ syntax"])
async def test_an_id_in_use_is_closed_with_4409(server: Running, second: str) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "same")
        await client.hear()
        await client.ask(second, "same")
        assert await client.closing() == (4409, "Subscriber for same already exists")


async def test_single_result_operations_share_the_name_space_of_ids(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("mutation { bumpWhenTold }", "same")
        await client.ask("subscription { idle }", "same")
        assert await client.closing() == (4409, "Subscriber for same already exists")
        server.probe.tell()


async def test_an_id_is_free_again_once_its_operation_has_completed(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        for _ in range(3):
            assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}


async def test_an_id_is_free_again_once_its_operation_has_failed(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("{ syntax", "same")
        assert (await client.hear())["type"] == "error"
        assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}


async def test_an_id_is_free_again_once_the_client_has_completed_it(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "same")
        await client.hear()
        await client.say({"id": "same", "type": "complete"})
        assert await client.answer("{ hello }", "same") == {"data": {"hello": "world"}}


async def test_a_completed_subscription_sends_nothing_more(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { endless }", "a")
        await client.hear()
        await client.say({"id": "a", "type": "complete"}, {"type": "ping"})
        while (frame := await client.hear()) != {"type": "pong"}:
            assert (frame["type"], frame["id"]) == ("next", "a")
        assert await client.answer("{ hello }", "b") == {"data": {"hello": "world"}}


async def test_completing_is_ignored_where_there_is_nothing_to_complete(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.answer("{ hello }", "a")
        await client.say({"id": "a", "type": "complete"}, {"id": "never", "type": "complete"})
        assert await client.answer("{ hello }", "a") == {"data": {"hello": "world"}}


async def test_the_client_ends_with_a_normal_closure(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.connection.close(1000)
        assert client.connection.close_code == 1000

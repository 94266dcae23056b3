"""How sockets end: whose word closes them, what is said ahead, and what becomes of the operations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import anyio.to_thread
import pytest
from websockets.exceptions import InvalidStatus

from lobby.http.graphql_ws import SocketLimits
from lobby.http.sockets.closing import fitting_reason
from tests.http.graphql_app import Running, Setting, running
from tests.http.graphql_client import acknowledged_client, socket_client


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as server:
        yield server


async def test_a_complete_closes_the_source(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }")
        await client.hear()
        await client.say({"id": "1", "type": "complete"})
        assert await server.probe.next_note() == "idle opened"
        assert await server.probe.next_note() == "idle closed"


async def test_a_close_closes_every_source(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "a")
        await client.ask("subscription { endless }", "b")
        notes = {await server.probe.next_note() for _ in range(2)}
        assert {"idle opened", "endless opened"} == notes
    assert {"idle closed", "endless closed"} == {await server.probe.next_note() for _ in range(2)}


async def test_a_client_that_vanishes_closes_its_sources(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }")
        await client.hear()
        assert await server.probe.next_note() == "idle opened"
        client.connection.transport.abort()
        assert await server.probe.next_note() == "idle closed"


async def test_a_fatal_message_closes_every_source(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }")
        await client.hear()
        await client.say({"type": "unknown"})
        await client.closing()
        assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


async def test_a_mutation_that_began_is_carried_through_when_the_client_completes_it(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("mutation { bumpWhenTold }", "a")
        assert await server.probe.next_note() == "bump waits"
        await client.say({"id": "a", "type": "complete"})
        assert await client.answer("{ hello }", "a") == {"data": {"hello": "world"}}
        server.probe.tell()
        assert await server.probe.next_note() == "bump done"
        # Nothing of it was sent, and it took effect.
        assert await client.answer("mutation { bump }") == {"data": {"bump": 2}}


async def test_a_mutation_that_began_is_carried_through_when_the_client_vanishes(server: Running) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("mutation { bumpWhenTold }")
        assert await server.probe.next_note() == "bump waits"
        client.connection.transport.abort()
    async with acknowledged_client(server.url) as other:
        server.probe.tell()
        assert await server.probe.next_note() == "bump done"
        assert await other.answer("mutation { bump }") == {"data": {"bump": 2}}


async def test_the_reason_comes_in_a_ping_ahead_of_the_close(server: Running) -> None:
    """NativeWebSocket, under many clients for Unity, hides the codes from 4000 on."""
    async with socket_client(server.url) as client:
        await client.ask("{ hello }")
        notice = {"type": "ping", "payload": {"closing": {"code": 4401, "reason": "Unauthorized"}}}
        assert notice == await client.hear()
        assert await client.closing() == (4401, "Unauthorized")


async def test_more_operations_than_the_bound_are_refused_one_by_one() -> None:
    with running(Setting(socket_limits=SocketLimits(operations_max=2))) as server:
        async with acknowledged_client(server.url) as client:
            await client.ask("subscription { idle }", "a")
            await client.ask("subscription { idle }", "b")
            await client.hear_many(2)
            await client.ask("{ hello }", "c")
            refused = await client.hear()
            assert (refused["id"], refused["type"]) == ("c", "error")
            assert refused["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
            await client.say({"id": "a", "type": "complete"}, {"type": "ping"})
            await client.hear()
            assert await client.answer("{ hello }", "c") == {"data": {"hello": "world"}}


async def test_a_page_of_a_foreign_origin_is_refused_the_handshake(server: Running) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket_client(server.url, origin="https://evil.example"):
            pass

    assert refused.value.response.status_code == 403


async def test_a_page_of_an_allowed_origin_connects(server: Running) -> None:
    async with socket_client(server.url, origin="https://game.example") as client:
        await client.init()


async def test_open_connections_are_counted(server: Running) -> None:
    assert server.socket.connections.open_count == 0
    async with acknowledged_client(server.url), acknowledged_client(server.url) as client:
        assert server.socket.connections.open_count == 2
        await client.ask("subscription { idle }")
        await client.hear()
    assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


async def test_a_shutdown_closes_all_with_1012_and_ends_their_streams() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(running())
        async with acknowledged_client(server.url) as following, socket_client(server.url) as silent:
            await following.ask("subscription { idle }")
            await following.hear()
            await anyio.to_thread.run_sync(stack.close)
            assert await following.closing() == (1012, "The server restarts.")
            assert await silent.closing() == (1012, "The server restarts.")
        assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


@pytest.mark.parametrize(
    ("reason", "fitting"),
    [("short", "short"), ("x" * 124, "x" * 123), ("ü" * 62, "ü" * 61), ("🏃" * 31, "🏃" * 30)],
)
def test_a_reason_is_cut_between_characters(reason: str, fitting: str) -> None:
    assert fitting == fitting_reason(reason)

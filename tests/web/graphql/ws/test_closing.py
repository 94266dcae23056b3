"""The end of a socket: its reasons, the notice before the close, and the end of its operations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import anyio.to_thread
import pytest
from websockets.exceptions import InvalidStatus

from tests.graphql_ws_client import acknowledged_client, socket_client
from tests.web.graphql_app import RunningServer, ServerOptions, running
from web.connections.socket_conversation import SocketLimits, fit_reason


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with running() as server:
        yield server


async def test_a_complete_closes_the_source(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }")
        await client.receive()
        await client.send({"id": "1", "type": "complete"})
        assert await server.probe.next_note() == "idle opened"
        assert await server.probe.next_note() == "idle closed"


async def test_a_close_closes_every_source(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }", "a")
        await client.ask("subscription { endless }", "b")
        notes = {await server.probe.next_note() for _ in range(2)}
        assert {"idle opened", "endless opened"} == notes
    assert {"idle closed", "endless closed"} == {await server.probe.next_note() for _ in range(2)}


async def test_a_client_that_vanishes_closes_its_sources(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }")
        await client.receive()
        assert await server.probe.next_note() == "idle opened"
        client.connection.transport.abort()
        assert await server.probe.next_note() == "idle closed"


async def test_a_fatal_message_closes_every_source(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("subscription { idle }")
        await client.receive()
        await client.send({"type": "unknown"})
        await client.close_frame()
        assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


async def test_a_mutation_runs_to_its_end_when_the_client_completes_it(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("mutation { bumpWhenTold }", "a")
        assert await server.probe.next_note() == "bump waits"
        await client.send({"id": "a", "type": "complete"})
        assert await client.answer("{ hello }", "a") == {"data": {"hello": "world"}}
        server.probe.tell()
        assert await server.probe.next_note() == "bump done"
        # No result was sent, but the mutation had its effect.
        assert await client.answer("mutation { bump }") == {"data": {"bump": 2}}


async def test_a_mutation_runs_to_its_end_when_the_client_disconnects(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as client:
        await client.ask("mutation { bumpWhenTold }")
        assert await server.probe.next_note() == "bump waits"
        client.connection.transport.abort()
    async with acknowledged_client(server.url) as other:
        server.probe.tell()
        assert await server.probe.next_note() == "bump done"
        assert await other.answer("mutation { bump }") == {"data": {"bump": 2}}


async def test_a_ping_before_the_close_repeats_its_reason(server: RunningServer) -> None:
    """NativeWebSocket, which many Unity clients use, hides the codes from 4000 on."""
    async with socket_client(server.url) as client:
        await client.ask("{ hello }")
        notice = {"type": "ping", "payload": {"closing": {"code": 4401, "reason": "Unauthorized"}}}
        assert notice == await client.receive()
        assert await client.close_frame() == (4401, "Unauthorized")


async def test_operations_over_the_limit_are_refused_one_by_one() -> None:
    with running(ServerOptions(socket_limits=SocketLimits(operations_max=2))) as server:
        async with acknowledged_client(server.url) as client:
            await client.ask("subscription { idle }", "a")
            await client.ask("subscription { idle }", "b")
            await client.receive_many(2)
            await client.ask("{ hello }", "c")
            refused = await client.receive()
            assert (refused["id"], refused["type"]) == ("c", "error")
            assert refused["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
            await client.send({"id": "a", "type": "complete"}, {"type": "ping"})
            await client.receive()
            assert await client.answer("{ hello }", "c") == {"data": {"hello": "world"}}


async def test_the_handshake_of_a_foreign_origin_is_refused(server: RunningServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket_client(server.url, origin="https://evil.example"):
            pass

    assert refused.value.response.status_code == 403
    assert b"LOBBY_ALLOWED_ORIGINS" in refused.value.response.body


async def test_a_page_of_an_allowed_origin_connects(server: RunningServer) -> None:
    async with socket_client(server.url, origin="https://game.example") as client:
        await client.init()


async def test_open_connections_are_counted(server: RunningServer) -> None:
    assert server.connections.open_count == 0
    async with acknowledged_client(server.url), acknowledged_client(server.url) as client:
        assert server.connections.open_count == 2
        await client.ask("subscription { idle }")
        await client.receive()
    assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


async def test_a_shutdown_closes_all_with_1012_and_ends_their_streams() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(running())
        async with acknowledged_client(server.url) as following, socket_client(server.url) as silent:
            await following.ask("subscription { idle }")
            await following.receive()
            await anyio.to_thread.run_sync(stack.close)
            assert await following.close_frame() == (1012, "The server restarts.")
            assert await silent.close_frame() == (1012, "The server restarts.")
        assert [await server.probe.next_note() for _ in range(2)] == ["idle opened", "idle closed"]


@pytest.mark.parametrize(
    ("reason", "fitting"),
    [("short", "short"), ("x" * 124, "x" * 123), ("ü" * 62, "ü" * 61), ("🏃" * 31, "🏃" * 30)],
)
def test_a_reason_is_cut_between_characters(reason: str, fitting: str) -> None:
    assert fitting == fit_reason(reason)

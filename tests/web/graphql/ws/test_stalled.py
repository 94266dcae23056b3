"""A client that stops reading is let go, and costs nobody else anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import anyio.to_thread
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from lobby.http.graphql_ws import SocketLimits
from lobby.http.serving import ServingLimits
from tests.http.graphql_app import Running, Setting, running
from tests.http.graphql_client import acknowledged_client
from tests.http.raw_socket import RawSocket
from tests.operations.probe import Probe

ENDLESS = {"id": "1", "type": "subscribe", "payload": {"query": "subscription { endless }"}}
LEGACY_ENDLESS = {**ENDLESS, "type": "start"}
INIT = {"type": "connection_init"}
STALLED = SocketLimits(stalled_send_s=0.3)


def noting_ends(app: ASGIApp, probe: Probe) -> ASGIApp:
    """Notes when the server's task for a connection is over."""

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        finally:
            if scope["type"] == "websocket":
                probe.note("connection ended")

    return noted


def without_extensions(app: ASGIApp, probe: Probe) -> ASGIApp:
    """What the application sees of a server that is not ours."""

    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {}}, receive, send)

    return noting_ends(plain, probe)


@pytest.fixture
def server() -> Iterator[Running]:
    with running(Setting(socket_limits=STALLED, middleware=noting_ends)) as server:
        yield server


async def until_let_go(server: Running) -> None:
    """The source is closed, and so is the connection."""
    expected = ["endless opened", "endless closed", "connection ended"]
    assert [await server.probe.next_note() for _ in expected] == expected
    assert server.socket.connections.open_count == 0


@pytest.mark.parametrize(("subprotocol", "start"), [("graphql-transport-ws", ENDLESS), ("graphql-ws", LEGACY_ENDLESS)])
async def test_a_client_that_stops_reading_is_dropped(server: Running, subprotocol: str, start: object) -> None:
    with RawSocket(server.url, subprotocol) as client:
        client.say(INIT, start)
        await until_let_go(server)
        # Not closed in good order, which would wait for the client to read: broken off, the buffers thrown
        # away.
        with pytest.raises(ConnectionResetError):
            await anyio.to_thread.run_sync(client.read_to_end)


async def test_a_client_that_stops_reading_holds_up_nobody_else(server: Running) -> None:
    async with acknowledged_client(server.url) as other:
        with RawSocket(server.url) as client:
            client.say(INIT, ENDLESS)
            for _ in range(20):
                assert await other.answer("{ later }") == {"data": {"later": "now"}}


async def test_a_client_that_asks_and_asks_without_reading_is_dropped(server: Running) -> None:
    """Its own requests wait behind the answers that it doesn't read."""
    pings = 200 * [{"type": "ping", "payload": {"a": "x" * 30_000}}]
    with RawSocket(server.url) as client:
        client.say(INIT, ENDLESS)
        with pytest.raises(ConnectionError):
            await anyio.to_thread.run_sync(client.say, *pings)
        await until_let_go(server)


async def test_a_client_that_reads_slowly_is_kept() -> None:
    """What counts is that something gets through, not how much."""
    limits = SocketLimits(stalled_send_s=0.8)
    with running(Setting(socket_limits=limits)) as server, RawSocket(server.url) as client:
        client.say(INIT, ENDLESS)
        for _ in range(8):
            await anyio.sleep(limits.stalled_send_s / 4)
            await anyio.to_thread.run_sync(client.read, 300_000)
        assert server.socket.connections.open_count == 1


async def test_without_an_abort_all_but_the_transport_is_let_go() -> None:
    """On a server that is not ours."""
    setting = Setting(socket_limits=STALLED, middleware=without_extensions)
    with running(setting) as server, RawSocket(server.url) as client:
        client.say(INIT, ENDLESS)
        await until_let_go(server)


async def test_a_client_that_answers_no_pings_is_dropped_though_its_buffer_never_drains() -> None:
    limits = ServingLimits(ping_interval_s=0.2, ping_wait_s=0.2)
    with running(Setting(serving_limits=limits, middleware=noting_ends)) as server, RawSocket(server.url) as client:
        client.say(INIT, ENDLESS)
        await until_let_go(server)
        with pytest.raises(ConnectionResetError):
            await anyio.to_thread.run_sync(client.read_to_end)


async def test_a_shutdown_does_not_wait_for_a_client_that_does_not_read() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(running(Setting(drain_s=0.2, middleware=noting_ends)))
        with RawSocket(server.url) as client:
            client.say(INIT, ENDLESS)
            await anyio.sleep(0.3)  # Until its buffers are full, of which nothing tells.
            with anyio.fail_after(3):
                await anyio.to_thread.run_sync(stack.close)
        await until_let_go(server)

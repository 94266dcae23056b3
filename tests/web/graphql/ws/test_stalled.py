"""A client that stops reading is dropped, and other clients do not notice it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import anyio.to_thread
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.graphql_ws_client import acknowledged_client
from tests.web.graphql.execution.probe import Probe
from tests.web.graphql_app import RunningServer, ServerOptions, running
from tests.web.raw_socket import RawSocket
from web.connections.socket_conversation import SocketLimits
from web.serving import ServingLimits

ENDLESS = {"id": "1", "type": "subscribe", "payload": {"query": "subscription { endless }"}}
LEGACY_ENDLESS = {**ENDLESS, "type": "start"}
INIT = {"type": "connection_init"}
STALLED = SocketLimits(stalled_send_s=0.3)


def noting_ends(app: ASGIApp, probe: Probe) -> ASGIApp:
    """Middleware that notes the end of the task of a connection."""

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        finally:
            if scope["type"] == "websocket":
                probe.note("connection ended")

    return noted


def without_extensions(app: ASGIApp, probe: Probe) -> ASGIApp:
    """Middleware that hides the extensions of our server, like another ASGI server."""

    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {}}, receive, send)

    return noting_ends(plain, probe)


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with running(ServerOptions(socket_limits=STALLED, middleware=noting_ends)) as server:
        yield server


async def wait_until_dropped(server: RunningServer) -> None:
    """Wait until the source and the connection are closed."""
    expected = ["endless opened", "endless closed", "connection ended"]
    assert [await server.probe.next_note() for _ in expected] == expected
    assert server.connections.open_count == 0


@pytest.mark.parametrize(("subprotocol", "start"), [("graphql-transport-ws", ENDLESS), ("graphql-ws", LEGACY_ENDLESS)])
async def test_a_client_that_stops_reading_is_dropped(server: RunningServer, subprotocol: str, start: object) -> None:
    with RawSocket(server.url, subprotocol) as client:
        client.send(INIT, start)
        await wait_until_dropped(server)
        # The server aborts the connection and drops its buffers: a normal close would wait for the client to read.
        with pytest.raises(ConnectionResetError):
            await anyio.to_thread.run_sync(client.read_to_end)


async def test_a_client_that_stops_reading_does_not_delay_others(server: RunningServer) -> None:
    async with acknowledged_client(server.url) as other:
        with RawSocket(server.url) as client:
            client.send(INIT, ENDLESS)
            for _ in range(20):
                assert await other.answer("{ later }") == {"data": {"later": "now"}}


async def test_a_client_that_sends_requests_without_reading_is_dropped(server: RunningServer) -> None:
    """The requests of the client wait behind the answers that it does not read."""
    pings = 200 * [{"type": "ping", "payload": {"a": "x" * 30_000}}]
    with RawSocket(server.url) as client:
        client.send(INIT, ENDLESS)
        with pytest.raises(ConnectionError):
            await anyio.to_thread.run_sync(client.send, *pings)
        await wait_until_dropped(server)


async def test_a_client_that_reads_slowly_is_kept() -> None:
    """Any progress keeps a connection open, however little. The limit is longer than a pause of a busy machine."""
    limits = SocketLimits(stalled_send_s=2.0)
    with running(ServerOptions(socket_limits=limits)) as server, RawSocket(server.url) as client:
        client.send(INIT, ENDLESS)
        for _ in range(6):
            await anyio.sleep(limits.stalled_send_s / 4)
            await anyio.to_thread.run_sync(client.read, 300_000)
        assert server.connections.open_count == 1


async def test_without_abort_everything_but_the_transport_is_freed() -> None:
    """On another ASGI server."""
    setting = ServerOptions(socket_limits=STALLED, middleware=without_extensions)
    with running(setting) as server, RawSocket(server.url) as client:
        client.send(INIT, ENDLESS)
        await wait_until_dropped(server)


async def test_a_client_without_pongs_is_dropped_with_its_full_buffer() -> None:
    limits = ServingLimits(ping_interval_s=0.2, ping_wait_s=0.2)
    with (
        running(ServerOptions(serving_limits=limits, middleware=noting_ends)) as server,
        RawSocket(server.url) as client,
    ):
        client.send(INIT, ENDLESS)
        await wait_until_dropped(server)
        with pytest.raises(ConnectionResetError):
            await anyio.to_thread.run_sync(client.read_to_end)


async def test_a_shutdown_does_not_wait_for_a_client_that_does_not_read() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(running(ServerOptions(drain_s=0.2, middleware=noting_ends)))
        with RawSocket(server.url) as client:
            client.send(INIT, ENDLESS)
            await anyio.sleep(0.3)  # Until its buffers are full, which no event reports.
            with anyio.fail_after(3):
                await anyio.to_thread.run_sync(stack.close)
        await wait_until_dropped(server)

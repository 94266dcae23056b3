"""One connection that all calls to a server share, against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop
from valkey.exceptions import ConnectionError as LibraryConnectionError
from valkey.exceptions import ResponseError

from lobby.stores.valkey.address import Address
from lobby.stores.valkey.connection import ServerConnection
from tests.needs import needs
from tools.chaos.valkey.server import DURABLE, ValkeyServer

STALLED_S = 0.1
TRY_S = 0.3
WAIT_S = 10.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    needs("valkey")
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"), DURABLE)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def connection(server: ValkeyServer) -> AsyncIterator[ServerConnection]:
    address = Address.read(server.url)
    connection = ServerConnection(address, *address.hosts[0], STALLED_S)
    yield connection
    await connection.close()


async def test_each_of_many_calls_gets_its_own_reply(connection: ServerConnection) -> None:
    calls = [connection.call(("ECHO", f"{number}" * 1_000)) for number in range(300)]

    assert await asyncio.gather(*calls) == [(f"{number}" * 1_000).encode() for number in range(300)]


async def test_an_error_fails_the_call_that_it_belongs_to(connection: ServerConnection) -> None:
    replies: list[object] = await asyncio.gather(
        connection.call(("ECHO", "first")),
        connection.call(("NONSENSE",)),
        connection.call(("ECHO", "last")),
        return_exceptions=True,
    )

    assert replies[::2] == [b"first", b"last"]
    assert isinstance(replies[1], ResponseError)


async def test_the_reply_to_a_cancelled_call_goes_to_nobody(connection: ServerConnection) -> None:
    number = await connection.call(("CLIENT", "ID"))
    cancelled = asyncio.create_task(connection.call(("ECHO", "cancelled")))
    await asyncio.sleep(0)
    cancelled.cancel()

    assert await connection.call(("ECHO", "next")) == b"next"
    assert await connection.call(("CLIENT", "ID")) == number, "the connection is as good as before"


async def test_a_connection_without_replies_is_replaced(connection: ServerConnection, server: ValkeyServer) -> None:
    """All calls that wait on it fail, so that each can be tried again."""
    number = await connection.call(("CLIENT", "ID"))
    server.freeze()
    waiting = asyncio.create_task(connection.call(("ECHO", "waiting")))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(connection.call(("ECHO", "late")), TRY_S)
    with pytest.raises(LibraryConnectionError, match="no reply"):
        await waiting
    server.thaw()

    assert await connection.call(("CLIENT", "ID")) > number


async def test_a_killed_server_fails_the_calls_that_wait(tmp_path: Path) -> None:
    needs("valkey")
    server = ValkeyServer(tmp_path / "valkey", DURABLE)
    server.start()
    address = Address.read(server.url)
    connection = ServerConnection(address, *address.hosts[0], STALLED_S)
    await connection.call(("PING",))
    server.freeze()
    waiting = [asyncio.create_task(connection.call(("PING",))) for _ in range(3)]
    await asyncio.sleep(0)
    server.kill()

    for call in waiting:
        with pytest.raises(LibraryConnectionError):
            await asyncio.wait_for(call, 10)
    with pytest.raises(LibraryConnectionError):
        await asyncio.wait_for(connection.call(("PING",)), 10)
    await connection.close()


def test_a_call_right_after_the_connection_has_gone_gets_an_error(server: ValkeyServer) -> None:
    """The calls of this turn of the event loop are written before the reader learns that the connection is closed."""
    complaints: list[dict[str, Any]] = []

    async def call_after_the_end() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        address = Address.read(server.url)
        connection = ServerConnection(address, *address.hosts[0], STALLED_S)
        await connection.call(("PING",))
        live = connection._live
        assert live is not None
        live._writer.transport.abort()
        with pytest.raises(LibraryConnectionError):
            await connection.call(("ECHO", "lost"))
        assert await connection.call(("ECHO", "next")) == b"next"
        await connection.close()

    uvloop.run(asyncio.wait_for(call_after_the_end(), WAIT_S))
    assert complaints == []

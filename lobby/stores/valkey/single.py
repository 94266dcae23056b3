"""One server, alone or in front of replicas."""

from __future__ import annotations

from typing import Any

from valkey.asyncio import BlockingConnectionPool, Connection, SSLConnection, Valkey

from lobby.stores.valkey.address import Address
from lobby.stores.valkey.link import LinkLimits
from lobby.stores.valkey.servers import Argument


def client(address: Address, host: str, port: int, limits: LinkLimits) -> Valkey:
    """A pool to one server. The library's own timeouts are off: each call has its bound, and a connection that was left in
    the middle of a call is closed by the library (6.2)."""
    pool = BlockingConnectionPool(
        connection_class=SSLConnection if address.tls else Connection,
        max_connections=limits.connections_max,
        timeout=None,
        host=host,
        port=port,
        db=address.db,
        username=address.username,
        password=address.password,
        socket_timeout=None,
        socket_connect_timeout=limits.try_s,
        socket_keepalive=True,
    )
    return Valkey.from_pool(pool)


class Single:
    """All slots are on one server."""

    def __init__(self, address: Address, limits: LinkLimits) -> None:
        self._client = client(address, *address.hosts[0], limits)

    async def ask(self, slot: int, command: tuple[Argument, ...]) -> Any:
        return await self._client.execute_command(*command)  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        await self._client.aclose()

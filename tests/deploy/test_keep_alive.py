"""No request is lost to the end of an idle connection, because nodes keep idle connections longer than the proxy before them.

With the times of nodes and proxies at 1/25: 75 s are 3 s, and 60 s are 2.4 s.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.deploy.proxies import RunningProxy, proxy
from tests.serving import served
from web.app import create_app
from web.connections.connection_limits import HeadLimits
from web.serving import ServingLimits
from web.settings.settings import Settings

REQUESTS = 150
NODE_KEEPS_S, PROXY_KEEPS_MS = Settings().keep_alive_s // 25, 60_000 // 25
SPREAD_MS = 6
ROUNDS = 3
WAIT_S = 10.0

BODY = json.dumps({"query": "{ serverInfo { maxMembers } }"}).encode()
REQUEST = b"POST /graphql HTTP/1.1\r\nHost: lobby\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)


@asynccontextmanager
async def behind(name: str, folder: Path, node_keeps_s: int, proxy_keeps_ms: int) -> AsyncIterator[RunningProxy]:
    """A proxy in front of one node. The proxy is configured for three nodes, which all are this one."""
    app = create_app(Settings(store="memory://", rate_limits=False))
    with served(app, app.drain, ServingLimits(head=HeadLimits(keep_alive_s=node_keeps_s))) as url:
        node = urlsplit(url)
        assert node.hostname is not None
        assert node.port is not None
        async with proxy(name, [(node.hostname, node.port)] * 3, folder, proxy_keeps_ms) as front:
            yield front


class Client:
    """Requests over one connection to the proxy. If the proxy has closed it, the next request opens another one."""

    def __init__(self, base: str) -> None:
        self._address = urlsplit(base)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def is_answered(self) -> bool:
        """Send a request. False if it is lost: the proxy answers by itself, or the connection ends."""
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection(self._address.hostname, self._address.port)
        reader, writer = self._streams
        with suppress(OSError, asyncio.IncompleteReadError):
            async with asyncio.timeout(WAIT_S):
                writer.write(REQUEST)
                head = await reader.readuntil(b"\r\n\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
                await reader.readexactly(int(fields[b"content-length"]))
                return head.startswith(b"HTTP/1.1 200")
        return False

    async def is_answered_after(self, idle_s: float) -> bool:
        """Send a request, wait for a time after its answer, and send another request. True if that is answered."""
        assert await self.is_answered()
        await asyncio.sleep(idle_s)
        return await self.is_answered()

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


async def count_lost(base: str, idle_ms: Sequence[float]) -> int:
    """The number of lost requests. Each is sent over its own connection, at this time after the answer before it."""
    clients = [Client(base) for _ in idle_ms]
    try:
        answered = [client.is_answered_after(ms / 1000) for client, ms in zip(clients, idle_ms, strict=True)]
        return (await asyncio.gather(*answered)).count(False)
    finally:
        for client in clients:
            client.close()


def times_around(middle_ms: float, spread_ms: float) -> list[float]:
    return [middle_ms + spread_ms * (2 * number / REQUESTS - 1) for number in range(REQUESTS)]


@pytest.mark.parametrize("name", ["nginx", "haproxy"])
async def test_no_request_is_lost_when_the_node_keeps_connections_longer(name: str, tmp_path: Path) -> None:
    async with behind(name, tmp_path, NODE_KEEPS_S, PROXY_KEEPS_MS) as front:
        # Avoid the moment at which the proxy closes the connection of the client: nodes have no part in that.
        lost = [await count_lost(front.base, times_around(PROXY_KEEPS_MS - 500, 150))]
        lost += [await count_lost(front.base, times_around(NODE_KEEPS_S * 1000, SPREAD_MS)) for _ in range(ROUNDS)]
    assert lost == [0] * len(lost)

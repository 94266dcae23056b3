"""The test client of `/updates`. It sends any message, valid or not."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import connect

from tests.graphql_ws_client import Frame, SocketClient
from tests.serving import socket_url
from tests.web.rest_client import Answer, Rest


class UpdatesClient(SocketClient):
    """`receive` skips Heartbeats."""

    async def receive(self) -> Frame:
        while (frame := await super().receive())["type"] == "Heartbeat":
            pass
        return frame

    async def receive_heartbeat(self) -> Frame:
        while (frame := await super().receive())["type"] != "Heartbeat":
            pass
        return frame

    async def subscribe(self, **asked: Any) -> None:
        await self.send({"type": "subscribe", **asked})

    async def receive_types(self, count: int) -> list[str]:
        return [frame["type"] for frame in await self.receive_many(count)]


@asynccontextmanager
async def updates(
    url: str, headers: dict[str, str] | None = None, path: str = "/updates", narrow: bool = False, **query: str
) -> AsyncIterator[UpdatesClient]:
    """A connection whose handshake has this query string. A narrow one has small buffers."""
    address = socket_url(url, f"{path}?{urlencode(query)}" if query else path)
    options = {"sock": _narrow_socket(url)} if narrow else {"proxy": None}
    # No limit on what waits to be read: a client at its limit would not read the answer to its close.
    async with connect(address, additional_headers=headers or {}, max_queue=None, **options) as connection:
        yield UpdatesClient(connection)


@asynccontextmanager
async def following(player: Rest, party: Answer, after: str = "") -> AsyncIterator[UpdatesClient]:
    """A connection on which the player follows the party."""
    async with updates(player.url, party_id=party["party_id"], token=player.token, after=after) as client:
        yield client


def _narrow_socket(url: str) -> socket.socket:
    address = urlsplit(url)
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    narrow.connect((address.hostname, address.port))
    return narrow

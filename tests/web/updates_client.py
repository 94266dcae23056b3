"""A client of `/updates` that can say anything, right or wrong."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import connect

from tests.http.graphql_client import Frame, SocketClient
from tests.http.rest_client import Answer, Rest
from tests.serving import socket_url


class UpdatesClient(SocketClient):
    """Heartbeats are heard only by who waits for one."""

    async def hear(self) -> Frame:
        while (frame := await super().hear())["type"] == "Heartbeat":
            pass
        return frame

    async def hear_beat(self) -> Frame:
        while (frame := await super().hear())["type"] != "Heartbeat":
            pass
        return frame

    async def subscribe(self, **asked: Any) -> None:
        await self.say({"type": "subscribe", **asked})

    async def hear_types(self, count: int) -> list[str]:
        return [frame["type"] for frame in await self.hear_many(count)]


@asynccontextmanager
async def updates(
    url: str, headers: dict[str, str] | None = None, path: str = "/updates", narrow: bool = False, **query: str
) -> AsyncIterator[UpdatesClient]:
    """A connection; `query` is what the handshake asks for. A narrow one has next to no room for what is not yet read."""
    address = socket_url(url, f"{path}?{urlencode(query)}" if query else path)
    options = {"sock": _narrow_socket(url)} if narrow else {"proxy": None}
    # No bound on what waits to be read: a client at its bound would not read the answer to its close.
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

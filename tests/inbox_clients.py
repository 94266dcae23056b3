"""Clients that follow the inbox of a player, over each transport."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.graphql_ws_client import LEGACY, TRANSPORT, Frame, SocketClient, socket_client
from tests.web.event_client import EventClient, events
from tests.web.updates_client import UpdatesClient, updates

TRANSPORTS = ("graphql-transport-ws", "graphql-ws", "sse", "updates")
FOLLOW = """
subscription ($after: Cursor) {
  inbox(after: $after) {
    __typename
    seq
    cursor
    ... on InboxSnapshot { party { id } invites { id } }
    ... on MembershipChanged { party { id } leaveReason }
    ... on Announced { text }
    ... on InboxHeartbeat { reconnectAfterMs }
  }
}
"""


class InboxClient(ABC):
    """The stream of an inbox."""

    @abstractmethod
    async def receive_any(self) -> Frame:
        """The next event, heartbeats too, with the names of GraphQL."""

    async def receive(self) -> Frame:
        """The next event that is no heartbeat."""
        while (frame := await self.receive_any())["__typename"] == "InboxHeartbeat":
            pass
        return frame

    async def receive_heartbeat(self) -> Frame:
        while (frame := await self.receive_any())["__typename"] != "InboxHeartbeat":
            pass
        return frame

    async def receive_many(self, count: int) -> list[Frame]:
        return [await self.receive() for _ in range(count)]


class _OverSocket(InboxClient):
    def __init__(self, client: SocketClient) -> None:
        self._client = client

    async def receive_any(self) -> Frame:
        while (frame := await self._client.receive())["type"] in ("ka", "ping"):
            pass
        assert frame["type"] in ("next", "data"), frame
        event: Frame = frame["payload"]["data"]["inbox"]
        return event


class _OverEvents(InboxClient):
    def __init__(self, client: EventClient) -> None:
        self._client = client

    async def receive_any(self) -> Frame:
        event = await self._client.receive()
        assert event is not None, "the stream ended"
        frame: Frame = event.result["data"]["inbox"]
        if frame["__typename"] != "InboxHeartbeat":
            assert event.id == frame["cursor"]
        return frame


class _OverUpdates(InboxClient):
    def __init__(self, client: UpdatesClient) -> None:
        self._client = client

    async def receive_any(self) -> Frame:
        frame = await self._client.receive()
        assert frame["type"] not in ("error", "closing"), frame
        party, reason = frame.get("party"), frame.get("leave_reason")
        return {
            **{name: value for name, value in frame.items() if name in ("seq", "cursor", "text")},
            "__typename": frame["type"],
            "party": {"id": party["party_id"]} if party is not None else None,
            "leaveReason": reason.upper() if reason is not None else None,
            "reconnectAfterMs": frame.get("reconnect_after_ms"),
        }


@asynccontextmanager
async def inbox_client(transport: str, url: str, token: str, after: str | None = None) -> AsyncIterator[InboxClient]:
    """`url`: of the server, such as http://127.0.0.1:8000."""
    if transport == "sse":
        async with events(url, FOLLOW, {"Authorization": f"Bearer {token}"}, after=after) as stream:
            yield _OverEvents(stream)
    elif transport == "updates":
        async with updates(url, inbox="", token=token, after=after or "") as client:
            yield _OverUpdates(client)
    else:
        async with socket_client(url, TRANSPORT if transport == TRANSPORT else LEGACY) as socket:
            await socket.init({"authorization": f"Bearer {token}"})
            await socket.ask(FOLLOW, variables={"after": after})
            yield _OverSocket(socket)

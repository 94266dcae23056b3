"""One player of the demo: it sends mutations, follows its party, and remembers what it received."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, Protocol
from uuid import uuid4

from tools.demo.answers import Answer, NoAnswer, Rejected, only_field, or_raise
from tools.demo.reconnecting_socket import ReconnectingSocket

ATTEMPTS_MAX = 5
NEWS_WAIT_S = 60.0
MS_PER_S = 1000


class Transport(Protocol):
    async def run(self, operation: str, variables: Answer | None = None) -> Any:
        """The value of the root field of the operation. Raises `NoAnswer` or `RequestFailed`."""


class SocketTransport:
    """Sends operations over the socket that also carries the stream."""

    def __init__(self, socket: ReconnectingSocket) -> None:
        self._socket = socket

    async def run(self, operation: str, variables: Answer | None = None) -> Any:
        return await (await self._socket.client()).run(operation, variables)


class Bot:
    """`transport` carries its queries and mutations; its stream is always on `socket`."""

    def __init__(
        self,
        player: Answer,
        transport: Transport,
        socket: ReconnectingSocket,
        on_event: Callable[[Bot, Answer], None],
    ) -> None:
        self.id: str = player["id"]
        self.name: str = player["displayName"]
        self.socket = socket
        self.events: list[Answer] = []
        """All frames that its stream delivered."""
        self.party: Answer = {}
        """The party as the stream showed it last."""
        self._transport = transport
        self._on_event = on_event
        self._news = asyncio.Condition()

    async def query(self, operation: str, **variables: Any) -> Any:
        """The value of a query's root field."""
        return await self._transport.run(operation, variables)

    async def mutate(self, operation: str, **fields: Any) -> Answer:
        """A mutation's answer. Raises `Rejected`.

        All attempts have one idempotency key, so it does no harm if a request was executed and only its answer was lost.
        """
        return await self.mutate_with_key(operation, fields, str(uuid4()))

    async def mutate_with_key(self, operation: str, fields: Answer, idempotency_key: str) -> Answer:
        """As `mutate`, under a key that may have been used before."""
        variables = {"input": {**fields, "idempotencyKey": idempotency_key}}
        for _ in range(ATTEMPTS_MAX - 1):
            try:
                return or_raise(await self._transport.run(operation, variables))
            except NoAnswer:
                continue
            except Rejected as rejected:
                if rejected.retry_after_s is None:
                    raise
                await asyncio.sleep(rejected.retry_after_s)
        return or_raise(await self._transport.run(operation, variables))

    async def follow(self, party_id: str, cursor: str | None) -> None:
        """Follow the party until the player is removed from it."""
        await Follower(self.socket, party_id, cursor, self._receive).run()

    async def wait_seq(self, seq: int) -> None:
        """Wait until the stream has reached `seq`, such as that of a mutation's answer. Raises `TimeoutError`."""
        await self.wait_party(lambda party: bool(party) and party["version"] >= seq)

    async def wait_party(self, holds: Callable[[Answer], bool]) -> None:
        """Wait until the party, as the stream shows it, satisfies `holds`. Raises `TimeoutError` after `NEWS_WAIT_S`."""
        async with asyncio.timeout(NEWS_WAIT_S), self._news:
            await self._news.wait_for(lambda: holds(self.party))

    async def event(self, number: int) -> Answer:
        """The frame of that number, from 0, once the stream has delivered it."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.events) > number)
        return self.events[number]

    async def wait_removed(self) -> None:
        """Wait until the stream has ended with Removed. Raises `TimeoutError` after `NEWS_WAIT_S`."""
        async with asyncio.timeout(NEWS_WAIT_S), self._news:
            await self._news.wait_for(lambda: bool(self.events) and self.events[-1]["__typename"] == "Removed")

    async def _receive(self, event: Answer) -> None:
        async with self._news:
            self.events.append(event)
            self.party = event["party"]
            self._on_event(self, event)
            self._news.notify_all()


Deliver = Callable[[Answer], Awaitable[None]]


class Follower:
    """Delivers each entry of the log once and in order, each snapshot, and Removed at the end.

    After a lost connection it resumes from the cursor of the last entry or snapshot that it delivered; `seq` is that entry's
    number. Without a first `cursor` the server begins with a snapshot.
    """

    def __init__(self, socket: ReconnectingSocket, party_id: str, cursor: str | None, deliver: Deliver) -> None:
        self._socket = socket
        self._party_id = party_id
        self._cursor = cursor
        self._deliver = deliver
        self._is_removed = False
        self.seq = 0

    async def run(self) -> None:
        """Follow until Removed. Raises `RequestFailed` if the player may not follow, `TimeoutError` without a connection."""
        while not self._is_removed:
            try:
                await self._follow()
            except NoAnswer:
                continue  # the socket connects again after a pause, and the cursor says where to go on

    async def _follow(self) -> None:
        client = await self._socket.client()
        variables = {"partyId": self._party_id, "after": self._cursor}
        async with aclosing(client.subscribe("WatchParty", variables)) as payloads:
            async for payload in payloads:
                await self._on_frame(only_field(payload))

    async def _on_frame(self, event: Answer) -> None:
        match event["__typename"]:
            case "Heartbeat":
                self._on_heartbeat(event)
            case "Removed":
                self._is_removed = True
                await self._deliver(event)
            case "PartySnapshot":
                await self._apply(event)
            case _ if event["seq"] > self.seq:
                await self._apply(event)

    async def _apply(self, event: Answer) -> None:
        await self._deliver(event)
        self.seq, self._cursor = event["seq"], event["cursor"]

    def _on_heartbeat(self, event: Answer) -> None:
        """A server that is about to stop gives each client a time to come back, so that not all come at once."""
        if event["reconnectAfterMs"] is not None:
            self._socket.return_after_s = event["reconnectAfterMs"] / MS_PER_S

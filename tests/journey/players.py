"""Players for tests: guests of a running server, each on a real client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tools.demo.address import Address
from tools.demo.answers import Answer, NoAnswer, RequestFailed, only_field, or_raise
from tools.demo.http_client import HttpClient
from tools.demo.socket_client import SocketClient, socket_client
from web.graphql.execution.client_documents import client_documents

DOCUMENTS = client_documents(Path(__file__).parents[2] / "client_queries")
EVENT_WAIT_S = 10.0

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Player:
    """A guest. `client` carries its queries and mutations, over any transport."""

    id: str
    name: str
    token: str
    client: HttpClient | SocketClient
    address: Address

    async def ask(self, operation: str, **variables: Any) -> Any:
        """The answer as it came."""
        return await self.client.run(operation, variables)

    async def tries(self, operation: str, **fields: Any) -> Answer:
        """A mutation's answer, Rejection or not."""
        answer: Answer = await self.client.run(operation, {"input": fields})
        return answer

    async def does(self, operation: str, **fields: Any) -> Answer:
        """A mutation's answer. Raises `Refused`."""
        return or_raise(await self.tries(operation, **fields))

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[SocketClient]:
        async with socket_client(self.address, DOCUMENTS, self.token) as client:
            yield client

    @asynccontextmanager
    async def watching(self, operation: str = "WatchParty", **variables: Any) -> AsyncIterator[Watch]:
        """A subscription on a socket of its own, until the end of the block.

        Without a cursor a party's stream begins with a snapshot. The block begins after that, so that what happens in
        it comes as events.
        """
        async with self.connected() as client, watching(client, operation, variables) as watch:
            if operation == "WatchParty" and "after" not in variables:
                await watch.until_begun()
            yield watch


@dataclass(slots=True)
class Watch:
    """The events of a subscription so far, without heartbeats."""

    events: list[Answer] = field(default_factory=list)
    ended: bool = False
    failure: Exception | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self, payloads: AsyncIterator[Answer]) -> None:
        """Runs until the stream ends or fails. Waiting callers get the failure as an exception."""
        try:
            async for payload in payloads:
                await self._take(only_field(payload))
        except (NoAnswer, RequestFailed) as failure:
            self.failure = failure
        async with self._news:
            self.ended = True
            self._news.notify_all()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Raises `TimeoutError` after `EVENT_WAIT_S`, or what made the stream fail."""
        async with asyncio.timeout(EVENT_WAIT_S), self._news:
            await self._news.wait_for(lambda: holds() or self.ended)
        if self.failure is not None:
            raise self.failure
        assert holds(), f"the stream ended after {self.types}"

    async def until_begun(self) -> None:
        """Waits for the first event, or for the end of a stream that is refused."""
        async with asyncio.timeout(EVENT_WAIT_S), self._news:
            await self._news.wait_for(lambda: bool(self.events) or self.ended)

    async def until_seq(self, seq: int) -> Answer:
        """The event with which the stream has caught up with an answer's `seq`."""
        await self.until(lambda: bool(self.events) and self.events[-1]["seq"] >= seq)
        return self.events[-1]

    async def until_type(self, name: str) -> Answer:
        """Waits for an event of this type and returns the latest."""
        await self.until(lambda: name in self.types)
        return next(event for event in reversed(self.events) if event["__typename"] == name)

    async def until_end(self) -> None:
        await self.until(lambda: self.ended)

    async def _take(self, event: Answer) -> None:
        async with self._news:
            if event.get("__typename") != "Heartbeat":
                self.events.append(event)
            self._news.notify_all()

    @property
    def types(self) -> list[str | None]:
        return [event.get("__typename") for event in self.events]


@asynccontextmanager
async def watching(client: SocketClient, operation: str, variables: Mapping[str, Any]) -> AsyncIterator[Watch]:
    """A subscription on a connection that may carry others; completed at the end of the block."""
    watch = Watch()
    reading = asyncio.create_task(watch.read(client.subscribe(operation, dict(variables))))
    try:
        yield watch
    finally:
        reading.cancel()
        await asyncio.wait([reading])


async def guest(http: HttpClient, address: Address, name: str | None = None) -> Player:
    """A new player who acts over HTTP."""
    wanted = name or f"Guest {next(_numbers)}"
    answer = or_raise(await http.run("SignInAsGuest", {"input": {"displayName": wanted}}))
    credentials = answer["credentials"]
    token = credentials["accessToken"]
    player = credentials["player"]
    return Player(player["id"], player["displayName"], token, http.as_player(token), address)

"""One player of the demo: acts by mutations, watches by the stream, and remembers what it saw."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol
from uuid import uuid4

from lobby.demo.answers import Answer, NoAnswer, Refused, accepted
from lobby.demo.follower import Follower
from lobby.demo.link import Link

ATTEMPTS_MAX = 5
NEWS_WAIT_S = 60.0


class Transport(Protocol):
    async def run(self, operation: str, variables: Answer | None = None) -> Any:
        """The value of the operation's root field. Raises `NoAnswer` or `RequestFailed`."""


class OverLink:
    """Operations over the same socket as the stream."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def run(self, operation: str, variables: Answer | None = None) -> Any:
        return await (await self._link.client()).run(operation, variables)


class Bot:
    """`acts_by` carries its queries and mutations; its stream is always on the link."""

    def __init__(self, player: Answer, acts_by: Transport, link: Link, on_event: Callable[[Bot, Answer], None]) -> None:
        self.id: str = player["id"]
        self.name: str = player["displayName"]
        self.link = link
        self.acts_by = acts_by
        self.seen: list[Answer] = []
        self.party: Answer = {}
        self._on_event = on_event
        self._news = asyncio.Condition()

    async def ask(self, operation: str, **variables: Any) -> Any:
        """A query's answer."""
        return await self.acts_by.run(operation, variables)

    async def do(self, operation: str, **fields: Any) -> Answer:
        """A mutation's answer. Raises `Refused`.

        One key for all attempts: whether a lost answer was for a request that had its effect need not be known.
        """
        return await self.repeat(operation, fields, idempotency_key=str(uuid4()))

    async def repeat(self, operation: str, fields: Answer, idempotency_key: str) -> Answer:
        """As `do`, under a key that may have been used before."""
        variables = {"input": {**fields, "idempotencyKey": idempotency_key}}
        for _ in range(ATTEMPTS_MAX - 1):
            try:
                return accepted(await self.acts_by.run(operation, variables))
            except NoAnswer:
                continue
            except Refused as refused:
                if refused.retry_after_s is None:
                    raise
                await asyncio.sleep(refused.retry_after_s)
        return accepted(await self.acts_by.run(operation, variables))

    async def watch(self, party_id: str, cursor: str | None) -> None:
        """Follow the party until removed from it."""
        await Follower(self.link, party_id, cursor, self._see).run()

    async def caught_up(self, seq: int) -> None:
        """Until the own stream shows what an answer with this `seq` did."""
        await self.until(lambda party: bool(party) and party["version"] >= seq)

    async def until(self, holds: Callable[[Answer], bool]) -> None:
        """Until the party, as the own stream shows it, is so. Raises `TimeoutError` after `NEWS_WAIT_S`."""
        async with asyncio.timeout(NEWS_WAIT_S), self._news:
            await self._news.wait_for(lambda: holds(self.party))

    async def out(self) -> None:
        """Until the stream has ended with Removed."""
        async with asyncio.timeout(NEWS_WAIT_S), self._news:
            await self._news.wait_for(lambda: bool(self.seen) and self.seen[-1]["__typename"] == "Removed")

    async def _see(self, event: Answer) -> None:
        async with self._news:
            self.seen.append(event)
            self.party = event["party"]
            self._on_event(self, event)
            self._news.notify_all()

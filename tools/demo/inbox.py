"""The inbox of a bot: what concerns the player outside of the stream of a party, such as an invite or a proposed match."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

from tools.demo.answers import Answer, NoAnswer, only_field
from tools.demo.bot import NEWS_WAIT_S, Bot


class Inbox:
    """`open_inboxes` keeps it connected."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._cursor: str | None = None
        self._events: list[Answer] = []
        self._news = asyncio.Condition()

    async def follow(self) -> None:
        """Receive every event, also after a lost connection, until cancelled."""
        while True:
            try:
                client = await self._bot.socket.client()
                async with aclosing(client.subscribe("WatchInbox", {"after": self._cursor})) as payloads:
                    async for payload in payloads:
                        await self._receive(only_field(payload))
            except NoAnswer:
                continue  # the socket connects again after a pause, and the cursor says where to go on

    async def wait(self, kind: str, holds: Callable[[Answer], bool] = lambda event: True) -> Answer:
        """The first event of this kind that satisfies `holds`. Raises `TimeoutError` after `NEWS_WAIT_S`."""
        async with asyncio.timeout(NEWS_WAIT_S), self._news:
            await self._news.wait_for(lambda: any(self._find(kind, holds)))
        return self._find(kind, holds)[0]

    def _find(self, kind: str, holds: Callable[[Answer], bool]) -> list[Answer]:
        return [event for event in self._events if event["__typename"] == kind and holds(event)]

    async def _receive(self, event: Answer) -> None:
        async with self._news:
            self._cursor = event["cursor"]
            self._events.append(event)
            self._news.notify_all()


@asynccontextmanager
async def open_inboxes(*bots: Bot) -> AsyncIterator[tuple[Inbox, ...]]:
    """The inbox of each bot, which has begun with a snapshot. They are followed until the end of the block."""
    inboxes = tuple(map(Inbox, bots))
    tasks = [asyncio.create_task(inbox.follow()) for inbox in inboxes]
    try:
        await asyncio.gather(*(inbox.wait("InboxSnapshot") for inbox in inboxes))
        yield inboxes
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

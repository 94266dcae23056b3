"""A client of server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

EVENTS = {"Accept": "text/event-stream"}
_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the stream. An event without an id has the `id` None."""

    event: str
    data: str
    id: str | None = None

    @property
    def result(self) -> Any:
        return json.loads(self.data)


class EventClient:
    """One stream. Everything it waits for comes within ten seconds, or the test fails."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()
        self.comments = 0

    async def receive(self) -> Event | None:
        """The next event; None at the end of the stream."""
        async with asyncio.timeout(_WAIT_S):
            while (block := await self._block()) is not None:
                if "event" in block:
                    return Event(**block)
                self.comments += 1
        return None

    async def receive_all(self) -> list[Event]:
        heard = []
        while (event := await self.receive()) is not None:
            heard.append(event)
        return heard

    async def receive_comment(self) -> None:
        async with asyncio.timeout(_WAIT_S):
            assert await self._block() == {}

    async def _block(self) -> dict[str, str] | None:
        """The fields up to the next blank line; {} for a comment, None at the end."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                return fields
            name, _, value = line.partition(":")
            if name:
                assert name not in fields, "each field is there once"
                fields[name] = value.removeprefix(" ")
        return None


@asynccontextmanager
async def events(
    url: str, query: str, headers: dict[str, str] | None = None, method: str = "POST", **variables: Any
) -> AsyncIterator[EventClient]:
    """The stream of the results of an operation."""
    asked: dict[str, Any] = {"json": {"query": query, "variables": variables}}
    if method == "GET":
        asked = {"params": {"query": query, "variables": json.dumps(variables)}}
    async with (
        httpx.AsyncClient(timeout=_WAIT_S, trust_env=False) as http,
        http.stream(method, f"{url}/graphql", headers=EVENTS | (headers or {}), **asked) as response,
    ):
        yield EventClient(response)

"""Followers without a GraphQL socket (SSE, /updates), read like any other `Watch`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.journey.players import DOCUMENTS, Player, Watch
from tests.web.event_client import events
from tests.web.updates_client import updates


@asynccontextmanager
async def over_updates(player: Player, party_id: str, after: str) -> AsyncIterator[Watch]:
    """Follow the party on `/updates`. The end of the block cuts the connection, as a dead network would."""
    async with updates(player.address.base, party_id=party_id, token=player.token, after=after) as client:

        async def payloads() -> AsyncIterator[dict[str, object]]:
            async for text in client.connection:
                frame = json.loads(text)
                if frame["type"] == "unsubscribed":
                    return
                yield {"data": {"update": {**frame, "__typename": frame["type"]}}}

        async with reading(payloads()) as watch:
            yield watch
        client.connection.transport.abort()


@asynccontextmanager
async def over_events(player: Player, party_id: str, last_event_id: str) -> AsyncIterator[Watch]:
    """Follow the party by server-sent events. The end of the block cuts the connection."""
    headers = {"Authorization": f"Bearer {player.token}", "Last-Event-ID": last_event_id}
    async with events(player.address.base, DOCUMENTS["WatchParty"], headers, partyId=party_id) as client:

        async def payloads() -> AsyncIterator[dict[str, object]]:
            while (event := await client.receive()) is not None and event.event == "next":
                yield event.result

        async with reading(payloads()) as watch:
            yield watch


@asynccontextmanager
async def reading(payloads: AsyncIterator[dict[str, object]]) -> AsyncIterator[Watch]:
    watch = Watch()
    task = asyncio.create_task(watch.read(payloads))
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.wait([task])

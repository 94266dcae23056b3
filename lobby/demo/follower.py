"""Watching a party for as long as one is in it, whatever happens to the connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing

from lobby.demo.answers import Answer, NoAnswer, only_field
from lobby.demo.link import Link

Deliver = Callable[[Answer], Awaitable[None]]
MS_PER_S = 1000


class Follower:
    """Delivers each entry of the log once and in order, each snapshot, and at last Removed.

    After a lost connection it resumes from the cursor of the last entry or snapshot that was delivered; `seq` is its
    sequence number. Without a first `cursor` the server begins with a snapshot.
    """

    def __init__(self, link: Link, party_id: str, cursor: str | None, deliver: Deliver) -> None:
        self._link = link
        self._party_id = party_id
        self._cursor = cursor
        self._deliver = deliver
        self._removed = False
        self.seq = 0

    async def run(self) -> None:
        """Until Removed, or until the link gives up. Raises `RequestFailed` when the party may not be watched."""
        while not self._removed:
            try:
                await self._follow()
            except NoAnswer:
                continue  # the link connects again, with pauses; the cursor says from where to go on

    async def _follow(self) -> None:
        client = await self._link.client()
        variables = {"partyId": self._party_id, "after": self._cursor}
        async with aclosing(client.subscribe("WatchParty", variables)) as payloads:
            async for payload in payloads:
                await self._take(only_field(payload))

    async def _take(self, event: Answer) -> None:
        match event["__typename"]:
            case "Heartbeat":
                self._heed_drain(event)
            case "Removed":
                self._removed = True
                await self._deliver(event)
            case "PartySnapshot":
                await self._apply(event)
            case _ if event["seq"] > self.seq:
                await self._apply(event)

    async def _apply(self, event: Answer) -> None:
        await self._deliver(event)
        self.seq, self._cursor = event["seq"], event["cursor"]

    def _heed_drain(self, event: Answer) -> None:
        """A server that is about to stop spreads its clients' return over time; all at once would undo that."""
        if event["reconnectAfterMs"] is not None:
            self._link.return_after_s = event["reconnectAfterMs"] / MS_PER_S

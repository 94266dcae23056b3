"""Connections are cut at any instant, on many followers at once: what each got, put together, is the log."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack, suppress
from typing import Any

from tests.journey.parties import party_of
from tests.journey.players import Player, Watch
from tests.served.lobby import guests, history
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.http_client import HttpClient

MEMBERS, DEVICES_EACH = 4, 4
MESSAGES = 60
CUTS_MIN = 60
FIELDS = ("__typename", "seq", "cursor", "at", "actorId", "text", "changed", "leaveReason")


def told(event: Answer) -> tuple[Any, ...]:
    """What can be held against the log."""
    return tuple(event.get(name) for name in FIELDS)


class Device:
    """One follower with bad reception, that resumes with the cursor of the last entry it got."""

    def __init__(self, player: Player, party_id: str, cursor: str, chance: random.Random) -> None:
        self._player = player
        self._party_id = party_id
        self._cursor = cursor
        self._chance = chance
        self.got: list[Answer] = []
        self.cuts = 0

    async def follow_to(self, seq: asyncio.Future[int]) -> None:
        while not seq.done() or not self.got or self.got[-1]["seq"] < seq.result():
            async with self._player.connected() as client:
                watch = Watch()
                variables = {"partyId": self._party_id, "after": self._cursor}
                reading = asyncio.create_task(watch.read(client.subscribe("WatchParty", variables)))
                await self._reception(watch, seq)
                client.cut()
                await reading
                self._keep(watch)

    async def _reception(self, watch: Watch, seq: asyncio.Future[int]) -> None:
        """Until it breaks off: before the first frame, or some way behind it. Once all is said it holds to the end."""
        if seq.done():
            await watch.until(lambda: bool(watch.events) and watch.events[-1]["seq"] >= seq.result())
            return
        wanted = self._chance.randrange(12)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._chance.random() * 0.05):
                await watch.until(lambda: len(watch.events) >= wanted)
        self.cuts += 1

    def _keep(self, watch: Watch) -> None:
        self.got += watch.events
        if watch.events:
            self._cursor = watch.events[-1]["cursor"]


async def test_whatever_is_cut_whenever_every_follower_gets_the_log(http: HttpClient, address: Address) -> None:
    chance = random.Random(11)
    leader, *others = await guests(http, address, MEMBERS)
    party = await party_of(leader, *others, maxMembers=MEMBERS)
    players = [leader, *others]
    async with AsyncExitStack() as steady:
        # All but one are always there by another device: else the log would be of little but comings and goings.
        for player in players[:-1]:
            await steady.enter_async_context(player.watching(partyId=party["id"]))
        end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        devices = [Device(p, party["id"], party["cursor"], chance) for p in players for _ in range(DEVICES_EACH)]
        following = asyncio.gather(*(device.follow_to(end) for device in devices))
        for number in range(MESSAGES):
            said = await chance.choice(players).does("PostMessage", partyId=party["id"], text=f"message {number}")
        end.set_result(said["seq"])
        async with asyncio.timeout(30):
            await following
        log = [told(entry) for entry in await history(leader, party["id"])]
    for device in devices:
        last = device.got[-1]["seq"]
        assert [told(event) for event in device.got] == log[party["version"] : last]
    assert sum(device.cuts for device in devices) > CUTS_MIN

"""Who is there with which node: leases of the nodes, and what each has told of its players."""

from __future__ import annotations

import asyncio
from secrets import token_hex
from typing import Any

import msgspec

from lobby.domain.values import PartyId, PlayerId
from lobby.ports import Clock, Hold, Roll
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.scripts import END_LEASE, LEASE, TAKE_OVER, TELL

LEASE_S = 6.0
"""A node that was not heard for so long is gone. Shorter ones end with a pause of a busy machine."""
ROLLS_PER_LEASE = 3
TAKEN_OVER_MAX = 1_000
"""Players of one node that is gone, in one call and partition; the rest come with the next roll."""

_Told = tuple[list[PartyId], int]
"""Parties with a stream, and when the player was seen last (0: not at all)."""
_read = msgspec.json.Decoder(_Told).decode


class NodeLeases:
    """See `lobby.ports.Attendance`. `place`: what at most one node at a time is at, such as its host and port; one that starts
    there takes the former one's end as given."""

    def __init__(self, link: Link, clock: Clock, place: str, lease_s: float = LEASE_S) -> None:
        self.node = token_hex(8)
        self.roll_every_s: float | None = lease_s / ROLLS_PER_LEASE
        self._link = link
        self._clock = clock
        self._place = place
        self._lease_ms = round(lease_s * 1000)
        self._is_first = True

    async def roll(self) -> Roll:
        asked = self.node, self._place, self._lease_ms, self._clock.now(), int(self._is_first)
        was_there, up_since, *gone = await self._link.run(LEASE, 0, *asked)
        self._is_first = False
        orphans = [player for node in gone for player in await self._taken_over(node.decode())]
        return Roll(int(up_since), not was_there, tuple(orphans))

    async def tell(self, player_id: PlayerId, hold: Hold | None, last_stream_ended: bool = False) -> None:
        text = b"" if hold is None else msgspec.json.encode((sorted(hold.parties), hold.seen_at or 0))
        ended_at = str(self._clock.now()) if last_stream_ended else ""
        await self._link.run(TELL, self._link.partitions.of(player_id), player_id, self.node, text, ended_at)

    async def elsewhere(self, player_id: PlayerId) -> Hold:
        told: Any = await self._link.ask(self._link.partitions.of(player_id), "HGETALL", f"hold:{player_id}")
        ended_at = int(told.pop(b"", 0))
        told.pop(self.node.encode(), None)
        holds = [_read(text) for text in told.values()]
        seen_at = max((at for _, at in holds if at > ended_at), default=0)
        return Hold(frozenset(party for parties, _ in holds for party in parties), seen_at or None)

    async def leave(self) -> None:
        await self._link.run(END_LEASE, 0, self.node, self._place, 0)

    async def _taken_over(self, node: str) -> list[PlayerId]:
        """Some of the players of a node that is gone; when there are no more, it is forgotten."""
        partitions = range(self._link.partitions.count)
        asked = node, self.node, TAKEN_OVER_MAX
        found = await asyncio.gather(*(self._link.run(TAKE_OVER, number, *asked) for number in partitions))
        if all(len(players) < TAKEN_OVER_MAX for players in found):
            await self._link.run(END_LEASE, 0, node, "", 1)
        return [player.decode() for players in found for player in players]

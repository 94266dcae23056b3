"""The presence of players, and counts of attempts such as wrong passwords: nodes share both, as they share parties.

Each node holds a lease, and publishes what it knows of its players.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from secrets import token_hex
from typing import Any

import msgspec

from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.ports import AdjustableClock, HeartbeatReply, PresenceLease, Unavailable
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.scripts import (
    COUNT_ATTEMPT,
    END_LEASE,
    REFUND_ATTEMPT,
    RENEW_LEASE,
    TAKE_OVER_PLAYERS,
    UPDATE_PRESENCE,
)

LEASE_S = 6.0
"""The time after which a lease expires that was not renewed. A shorter one could end during a pause of a busy machine."""
HEARTBEATS_PER_LEASE = 3
TAKEN_OVER_MAX = 1_000
"""Players of one node that is gone, in one call and partition. The next heartbeat takes over more."""

_Published = tuple[list[PartyId], int]
"""Parties with an open stream, and when the player was last seen (0: not at all)."""
_read = msgspec.json.Decoder(_Published).decode


class NodeLeases:
    """See `lobby.ports.ClusterPresence`."""

    def __init__(self, client: ValkeyClient, clock: AdjustableClock, node_name: str, lease_s: float = LEASE_S) -> None:
        """`node_name`: such as host and port. When the node starts, the lease of an earlier process of this name ends."""
        self.node = token_hex(8)
        """A new one after a lost lease: others may be taking over what the node had published, and refuse its calls."""
        self.heartbeat_interval_s: float | None = lease_s / HEARTBEATS_PER_LEASE
        self._client = client
        self._clock = clock
        self._node_name = node_name
        self._lease_ms = round(lease_s * 1000)
        self._is_first = True
        self._publish_count = 0
        self._take_overs: dict[tuple[str, int], str] = {}
        """Nodes that are gone and partitions -> the id of the call that takes over players, until it is answered."""
        self._orphans: list[PlayerId] = []
        """Players that were taken over, until a heartbeat succeeds and returns them."""

    async def heartbeat(self) -> HeartbeatReply:
        was_first = self._is_first
        was_held, up_since, gone = await self._renew()
        if not was_held and not was_first:
            self.node, self._is_first = token_hex(8), True
            _, up_since, gone = await self._renew()
        for node in {*(node.decode() for node in gone), *(node for node, _ in self._take_overs)}:
            await self._take_over(node)
        orphans, self._orphans = self._orphans, []
        return HeartbeatReply(up_since, not was_held, tuple(orphans))

    async def publish(self, player_id: PlayerId, lease: PresenceLease | None, last_stream_ended: bool = False) -> None:
        text = b"" if lease is None else msgspec.json.encode((sorted(lease.parties), lease.seen_at or 0))
        ended_at = str(self._clock.now()) if last_stream_ended else ""
        self._publish_count += 1
        order = self._publish_count, self._client.server_time.now()
        partition = self._client.partitions.of(player_id)
        if not await self._client.run(UPDATE_PRESENCE, partition, player_id, self.node, text, ended_at, *order):
            raise Unavailable("this node counts as gone until its next heartbeat, or a later call came first")

    async def on_other_nodes(self, player_id: PlayerId) -> PresenceLease:
        partition = self._client.partitions.of(player_id)
        by_node: Any = await self._client.call(partition, "HGETALL", f"hold:{player_id}")
        ended_at = int(by_node.pop(b"", 0))
        by_node.pop(self.node.encode(), None)
        published = [_read(text) for text in by_node.values()]
        seen_at = max((at for _, at in published if at > ended_at), default=0)
        return PresenceLease(frozenset(party for parties, _ in published for party in parties), seen_at or None)

    async def leave(self) -> None:
        await self._client.run(END_LEASE, 0, self.node, self._node_name, 0)

    async def _renew(self) -> tuple[bool, Instant, Sequence[bytes]]:
        """Renew the lease. Returns true if it had not expired, the time since when at least one node has been up, and the nodes
        that are gone."""
        client = self._client
        if not client.server_time.is_known:
            await client.read_time()
        lease = self.node, self._node_name, self._lease_ms, self._clock.now(), int(self._is_first)
        asked_at_s = time.monotonic()
        server_ms, *reply = await client.run(RENEW_LEASE, 0, *lease, client.server_time.now())
        client.server_time.adjust(server_ms, asked_at_s)
        self._clock.follow(client.server_time.now())
        if not reply:
            raise Unavailable("the heartbeat of this node came too late")
        self._is_first = False
        was_held, up_since, *gone = reply
        return bool(was_held), int(up_since), gone

    async def _take_over(self, node: str) -> None:
        """Take over some of the players of `node`, which is gone. When no player is left, the store forgets the node."""
        calls = (self._take_over_in(node, number) for number in range(self._client.partitions.count))
        counts = await asyncio.gather(*calls, return_exceptions=True)
        for count in counts:
            if isinstance(count, BaseException):
                raise count
        if all(isinstance(count, int) and count < TAKEN_OVER_MAX for count in counts):
            await self._client.run(END_LEASE, 0, node, "", 1)

    async def _take_over_in(self, node: str, partition: int) -> int:
        """How many players were taken over. If the reply is lost, the next heartbeat asks for the same players again."""
        call_id = self._take_overs.setdefault((node, partition), token_hex(8))
        call = node, self.node, TAKEN_OVER_MAX, call_id
        players = await self._client.run(TAKE_OVER_PLAYERS, partition, *call)
        del self._take_overs[node, partition]
        self._orphans += (player.decode() for player in players)
        return len(players)


class SharedAttemptLimiter:
    """Limits attempts over all nodes together: see `lobby.limits.attempt_limiter`. Every method may raise `Unavailable`."""

    def __init__(self, client: ValkeyClient, kind: str, count_max: int, window_ms: int) -> None:
        """`kind` separates attempts of different kinds under the same key."""
        self._client = client
        self._kind = kind
        self.count_max = count_max
        self._window_ms = window_ms

    async def take(self, key: tuple[str, ...], at: Instant) -> int:
        wait_ms, _ = await self._count(key, at, token_hex(8))
        return wait_ms

    async def wait_ms(self, key: tuple[str, ...], at: Instant) -> int:
        wait_ms, _ = await self._count(key, at, "")
        return wait_ms

    async def left(self, key: tuple[str, ...], at: Instant) -> int:
        _, left = await self._count(key, at, "")
        return left

    async def refund(self, key: tuple[str, ...]) -> None:
        name = self._name(key)
        call = name, token_hex(8), self._window_ms, self._client.server_time.now()
        await self._client.run(REFUND_ATTEMPT, self._client.partitions.of(name), *call)

    async def _count(self, key: tuple[str, ...], at: Instant, attempt: str) -> tuple[int, int]:
        name = self._name(key)
        partition = self._client.partitions.of(name)
        wait_ms, left = await self._client.run(
            COUNT_ATTEMPT, partition, name, at, self.count_max, self._window_ms, attempt
        )
        return int(wait_ms), int(left)

    def _name(self, key: tuple[str, ...]) -> str:
        return ":".join((self._kind, *key))

"""Keeps this node's lease among the nodes that share a store, and publishes the presence of its players to them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from lobby.domain.values import Instant, PlayerId
from lobby.ports import Clock, ClusterPresence, PresenceLease, Unavailable
from lobby.runtime.background import BackgroundLoop

log = logging.getLogger(__name__)

PUBLISH_AFTER_MS = 3_000
"""A request of a player is published to the other nodes if it comes this much later than the last published request."""


class NodeHeartbeat:
    """The lease of this node, and what it has published of its players. If there is only one node, it does nothing."""

    def __init__(self, cluster_presence: ClusterPresence, clock: Clock) -> None:
        self.up_since: Instant = clock.now()
        """Since when at least one node has been up, without a break."""
        self._cluster = cluster_presence
        self._published: dict[PlayerId, PresenceLease] = {}
        self._publishing: dict[PlayerId, object] = {}
        """The latest call for each player whose call is not answered yet. The store lets the latest one count."""
        self._check_players: Callable[[Iterable[PlayerId]], None] = lambda _: None
        self._loop: BackgroundLoop | None = None

    @property
    def has_other_nodes(self) -> bool:
        return self._cluster.heartbeat_interval_s is not None

    async def open(self, check_players: Callable[[Iterable[PlayerId]], None]) -> None:
        """`check_players` gets the players whose presence must be checked again. Raises `Unavailable`."""
        self._check_players = check_players
        await self._renew_lease()
        interval_s = self._cluster.heartbeat_interval_s
        if interval_s is not None:
            # It does not back off: a late heartbeat would cost this node its lease.
            self._loop = BackgroundLoop(
                "node heartbeat", self._renew_lease, interval_s, waits_first=True, failure_pause_max_s=interval_s
            )
            self._loop.start()

    async def close(self) -> None:
        if self._loop is None:
            return
        await self._loop.stop()
        try:
            await self._cluster.leave()
        except Unavailable as error:
            log.warning("store unavailable, other nodes notice the stop by the lease: %s", error)

    def is_worth_publishing(self, player_id: PlayerId, seen_at: Instant) -> bool:
        """True if the other nodes should know of this request."""
        if self._cluster.heartbeat_interval_s is None:
            return False
        last = self._published.get(player_id)
        return last is None or seen_at - (last.seen_at or 0) >= PUBLISH_AFTER_MS

    async def publish(self, player_id: PlayerId, lease: PresenceLease | None, last_stream_ended: bool = False) -> None:
        """Publish what this node knows of the player, if that has changed. Raises `Unavailable`; the next call tries again."""
        if not self.has_other_nodes or (lease == self._published.get(player_id) and not last_stream_ended):
            return
        self._published.pop(player_id, None)
        call = self._publishing[player_id] = object()
        is_latest = False
        try:
            await self._cluster.publish(player_id, lease, last_stream_ended)
        finally:
            is_latest = self._publishing.get(player_id) is call
            if is_latest:
                del self._publishing[player_id]
        if lease is not None and is_latest:
            self._published[player_id] = lease

    async def on_other_nodes(self, player_id: PlayerId) -> PresenceLease:
        """The merged leases of the player on all other nodes. Raises `Unavailable`."""
        return await self._cluster.on_other_nodes(player_id)

    async def _renew_lease(self) -> bool:
        """Renew the lease, and take over the players of nodes that are gone."""
        reply = await self._cluster.heartbeat()
        self.up_since = reply.up_since
        if reply.lease_was_lost:
            own_players = tuple(self._published)
            self._published.clear()
            self._check_players(own_players)
        if reply.orphans:
            log.info("took over %d players of nodes that are gone", len(reply.orphans))
            for player_id in reply.orphans:
                self._published.setdefault(player_id, PresenceLease())
            self._check_players(reply.orphans)
        return False

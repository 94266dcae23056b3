"""How nodes that share a store know which players are connected to the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.struct import Struct


class PresenceLease(Struct):
    """The presence of a player on one node. It is valid as long as the lease of the node."""

    parties: frozenset[PartyId] = frozenset()
    """The parties that the player has an open stream on, and `INBOX`."""
    seen_at: Instant | None = None
    """The player's latest request that counts."""


INBOX = "inbox"
"""Among the parties of a lease: the player has an open stream of the inbox. No party has this id, so older nodes ignore it."""


class HeartbeatReply(Struct):
    """The reply to a heartbeat, which renews the lease of the node."""

    up_since: Instant
    """Since when at least one node has been up, without a break."""
    lease_was_lost: bool
    """The lease had expired, or is a new one: nothing that the node had published of its players is left."""
    orphans: Sequence[PlayerId] = ()
    """Players of nodes that are gone. This node is responsible for them now."""


class ClusterPresence(Protocol):
    """Shares the presence of players between the nodes over one store. Every method may raise `Unavailable`.

    Each node calls `heartbeat` to renew its lease. When a lease expires, everything that its node has published expires with it.
    """

    heartbeat_interval_s: float | None
    """How often to call `heartbeat`; None: there is only this node."""

    async def heartbeat(self) -> HeartbeatReply:
        """Renew the lease of this node."""

    async def publish(self, player_id: PlayerId, lease: PresenceLease | None, last_stream_ended: bool = False) -> None:
        """Replace what this node has published of the player; None: it knows nothing any more.

        `last_stream_ended`: just now, on this node. The player's earlier requests to any node no longer count then.
        """

    async def on_other_nodes(self, player_id: PlayerId) -> PresenceLease:
        """The merged leases of the player on all other nodes."""

    async def leave(self) -> None:
        """End the lease, because this node stops. The presence of its players does not change by that."""

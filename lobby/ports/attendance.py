"""Who is there, as far as nodes tell each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.value import Value


class Hold(Value):
    """What is known of a player's being there."""

    parties: frozenset[PartyId] = frozenset()
    """Those that a stream of the player's is open on."""
    seen_at: Instant | None = None
    """The player's latest request that counts."""


class Roll(Value):
    """What a node hears when it says that it is there."""

    up_since: Instant
    """Since when at least one node has been there, without a break."""
    is_news: bool
    """The others had given this node up, or never heard of it: what it told them of its players is gone."""
    orphans: Sequence[PlayerId] = ()
    """Players of nodes that are gone. This node answers for them now."""


class Attendance(Protocol):
    """What the nodes that share a store tell each other about who is there. Every method may raise `Unavailable`.

    A node that has not called the roll for the length of its lease is gone, and so is what it told.
    """

    roll_every_s: float | None
    """How often to call `roll` again; None: there is but this node."""

    async def roll(self) -> Roll:
        """This node is there."""

    async def tell(self, player_id: PlayerId, hold: Hold | None, last_stream_ended: bool = False) -> None:
        """What this node knows of the player, in place of what it told last; None: nothing.

        `last_stream_ended`: on this node, just now. Earlier requests of the player's, to whichever node, count no more.
        """

    async def elsewhere(self, player_id: PlayerId) -> Hold:
        """What all other nodes know of the player, taken together."""

    async def leave(self) -> None:
        """This node stops. Its players are left to others as they are."""

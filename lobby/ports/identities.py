"""The part of a store for identities: which account elsewhere is which player.

An identity is linked once and never moves to another player. So what was read about it stays true until the player is erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from lobby.domain.identities import Identity
from lobby.domain.values import PlayerId

if TYPE_CHECKING:  # the store imports this module
    from lobby.ports.store import IdempotencyRecord


class Identities(Protocol):
    """All identities, all of them durable. Every method may raise `Unavailable`. They are kept until their players are erased."""

    async def identity(self, provider: str, subject: str) -> Identity | None:
        """The identity of an account."""

    async def identities_of(self, player_id: PlayerId) -> Sequence[Identity]:
        """The identities of the player, in the order in which they were linked.

        Nodes over Valkey: the list lies in the partition of the player, and each identity in one of its own, which decides. A
        node that dies while it links leaves an entry in the list and no identity. This call finishes such a link: its account
        was verified before.
        """

    async def link_identity(self, identity: Identity, count_max: int, record: IdempotencyRecord | None = None) -> None:
        """Store the identity, and the record of the mutation: all or nothing. Durable on return.

        Raises:
            Conflict: the account is linked to another player, the player has `count_max` identities, a record exists for
                this player and key, or another link of the account or player is on its way.
            Unavailable: as `Store.commit`.
        """

    async def unlink_identities(self, player_id: PlayerId) -> int:
        """Delete the identities of a player who is erased. Durable on return. Returns how many there were."""

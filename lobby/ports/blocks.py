"""The part of a store for blocks, and why a seat cannot get past one.

A commit that seats a player names the conditions of the seat (`Commit.block_checks`), and the store checks them in the step that
takes the claim of the seat. So a block that was answered before the commit holds, however the two requests overlap:

- One process (memory, SQLite): `save_block_list` puts the list into the latest state before its first await, and `commit` checks
  and writes without an await in between. A commit that is applied after the block fails with `Conflict`. A commit that was
  applied before the block came first.
- Nodes over Valkey: the claim of the seat lies in the partition of the player who gets it, and so do both kinds of blocks that
  concern that player: the list of the player, and a hint for each player who blocks the player. A script takes the claim and
  checks both in one step. A block writes the hint in the partition of the blocked player first, then the list in that of the
  blocker. Of two players who come together one is seated last, and the claim of that one names the other: the log of the party
  has one order, and its version is checked. If that claim is taken after the two writes, the script sees the block. If it is
  taken before, it may belong to a commit that is not decided yet. So after its writes the block looks at the claims of both
  players (`wait_blocks_hold`), and waits until undecided commits stand or fail. Only then is the block answered: a seat that
  got past it was there before.

  The hint has the version of the list that it announces. It is removed after the block, by version, so that the hint of a newer
  block stays. A node that dies in between leaves a hint alone. A commit that meets a hint reads the list of the blocker. If
  that has reached the version without the block, the hint is removed. Before that the hint counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from lobby.domain.blocks import BlockCheck, BlockList
from lobby.domain.values import PlayerId

if TYPE_CHECKING:  # the store imports this module
    from lobby.ports.store import IdempotencyRecord


class Blocks(Protocol):
    """The block lists of all players. Every method may raise `Unavailable`. Lists are kept until their players are erased."""

    async def block_list(self, player_id: PlayerId) -> BlockList:
        """The list of this player in its latest state; empty for a player who has never blocked anybody."""

    async def save_block_list(self, blocks: BlockList, record: IdempotencyRecord | None = None) -> None:
        """Store the list, and the record of the mutation: all or nothing. Durable on return. Await `wait_blocks_hold` before the
        mutation is answered.

        Raises:
            Conflict: the stored list is not the version before `blocks.version`, or a record exists for this player and key.
            Unavailable: as `Store.commit`.
        """

    async def wait_blocks_hold(self, player_id: PlayerId, other_id: PlayerId) -> None:
        """Return once the latest list of the player is durable, and every seat of either player that it was not checked against
        is decided. So from then on a block between the two holds. Raises `Unavailable` if the list was undone."""

    async def finds_block(self, checks: Sequence[BlockCheck]) -> bool:
        """True if any of the conditions does not hold in the latest state. `Commit.block_checks` decides; this earlier look
        says which party to try."""

    async def blockers_of(self, player_id: PlayerId) -> Sequence[PlayerId]:
        """The players who may block this player; their lists say whether they do."""

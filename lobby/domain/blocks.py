"""Blocks: players with whom a player does not want to play. Only the blocker sees them.

The server puts no two players into one party by its own choice if one of them blocks the other: quick join, the matchmaker and
waiting lists leave such a party out. A player who names the party (by join code, id or invite) is kept out by a block of its
leader alone. A block changes nothing in a party that both are in. docs/finding.md says it for game developers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum

from lobby.domain import text
from lobby.domain.bounds import Bounds
from lobby.domain.model import Party, Player
from lobby.domain.rejections import Rejection, invalid
from lobby.domain.values import Instant, PlayerId, ReservationReason
from lobby.struct import Struct, replace

PLAYER_ID_CHARS_MAX = 80
"""Ids of players are shorter: UUIDs, or 64 characters that an open guest has chosen, with a prefix."""


class Block(Struct):
    """`player` is blocked since `at`. The name is from that time."""

    player: Player
    at: Instant


class BlockList(Struct):
    """All players whom one player blocks, in the order of the blocks. `version` counts the changes of the list."""

    player_id: PlayerId
    version: int = 0
    blocks: tuple[Block, ...] = ()

    def has(self, player_id: PlayerId) -> bool:
        return any(block.player.id == player_id for block in self.blocks)


class BlockCheck(Struct):
    """A condition for the seat of `player_id`: none of `blockers` blocks the player, and the player blocks none of `blocked`."""

    player_id: PlayerId
    blockers: tuple[PlayerId, ...] = ()
    blocked: tuple[PlayerId, ...] = ()


class BlockScope(Enum):
    """Whose blocks keep a player out of a party."""

    LEADER = "LEADER"
    """Those of the leader: for a player who names the party."""
    EVERYBODY = "EVERYBODY"
    """Blocks of the player, of all members, and of players with a held seat: if the server chooses the party."""
    NOBODY = "NOBODY"


def check_blocks(party: Party, player_id: PlayerId, scope: BlockScope) -> BlockCheck | None:
    """The condition for a seat of this player in `party`; None if every player may have it.

    A held seat has its own scope: the server has chosen the player for it (EVERYBODY), or the player was in the run that the
    party continues (NOBODY).
    """
    held = party.reservation(player_id)
    if held is not None:
        scope = BlockScope.NOBODY if held.reason is ReservationReason.CONTINUED_RUN else BlockScope.EVERYBODY
    if scope is BlockScope.NOBODY or party.leader_id is None:
        return None
    if scope is BlockScope.LEADER:
        return BlockCheck(player_id, (party.leader_id,)) if party.leader_id != player_id else None
    return check_against(player_id, _players_of(party))


def check_against(player_id: PlayerId, others: Collection[PlayerId]) -> BlockCheck | None:
    """The condition that there is no block between the player and any of `others`. None: `others` has no other player."""
    apart = tuple(other for other in others if other != player_id)
    return BlockCheck(player_id, apart, apart) if apart else None


def check_all(player_ids: Sequence[PlayerId]) -> tuple[BlockCheck, ...]:
    """The conditions that there is no block between any two of these players: one for each player but the first."""
    checks = (check_against(player_id, player_ids[:count]) for count, player_id in enumerate(player_ids))
    return tuple(check for check in checks if check is not None)


def _players_of(party: Party) -> tuple[PlayerId, ...]:
    return (*(member.player.id for member in party.members), *(held.player.id for held in party.reservations))


def block_player(blocks: BlockList, player: Player, at: Instant, bounds: Bounds) -> BlockList | Rejection:
    """The list with `player`. The same list if the player is blocked already."""
    if player.id == blocks.player_id:
        return invalid("player_id", "Name another player, not yourself.")
    player_id = text.normalize_line("player_id", player.id, PLAYER_ID_CHARS_MAX)
    if isinstance(player_id, Rejection):
        return player_id
    if player_id != player.id:
        return invalid("player_id", "This is not the id of a player.")
    if blocks.has(player.id):
        return blocks
    if len(blocks.blocks) >= bounds.blocks_max:
        return invalid("player_id", f"A player can block at most {bounds.blocks_max} others.")
    return replace(blocks, version=blocks.version + 1, blocks=(*blocks.blocks, Block(player, at)))


def unblock_player(blocks: BlockList, player_id: PlayerId) -> BlockList:
    """The list without this player. The same list if the player is not blocked."""
    kept = tuple(block for block in blocks.blocks if block.player.id != player_id)
    return replace(blocks, version=blocks.version + 1, blocks=kept) if kept != blocks.blocks else blocks

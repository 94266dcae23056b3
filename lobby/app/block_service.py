"""Blocks: players with whom a player does not want to play. `lobby.domain.blocks` has the rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from lobby.app.command_handler import CommandHandler
from lobby.app.idempotency import IdempotencyKey, find_earlier_block_list_record
from lobby.app.player_names import ERASED, PlayerNames
from lobby.domain.blocks import BlockList, block_player, check_all, unblock_player
from lobby.domain.model import Player
from lobby.domain.rejections import Rejection
from lobby.domain.values import PlayerId
from lobby.ports import Conflict
from lobby.struct import Struct, replace

ERASE_ATTEMPTS_MAX = 16
BLOCK_BYTES = 150
"""About the bytes that one block takes in a list, which each change writes as a whole."""


class BlocksResult(Struct):
    """The list after a command. A replayed command has the list as it is now."""

    blocks: BlockList
    replayed: bool = False


class BlockService:
    """Blocks and unblocks players, and says whether a block lies between players."""

    def __init__(self, handler: CommandHandler, names: PlayerNames) -> None:
        self._handler = handler
        self._store = handler.store
        self._names = names

    async def block(
        self, actor: Player, player_id: PlayerId, idempotency_key: IdempotencyKey | None = None
    ) -> BlocksResult | Rejection:
        """From the return on, the block holds: no seat gets past it that was not there before. See `lobby.ports.blocks`."""
        return await self._change(actor, player_id, True, idempotency_key)

    async def unblock(
        self, actor: Player, player_id: PlayerId, idempotency_key: IdempotencyKey | None = None
    ) -> BlocksResult | Rejection:
        return await self._change(actor, player_id, False, idempotency_key)

    async def blocked_players(self, player_id: PlayerId) -> Sequence[Player]:
        """The players whom this one blocks, the latest first. Raises `Unavailable`."""
        blocks = await self._store.block_list(player_id)
        return [block.player for block in reversed(blocks.blocks)]

    async def is_block_between(self, *player_ids: PlayerId) -> bool:
        """True if any of these players blocks another of them. Raises `Unavailable`."""
        return await self._store.finds_block(check_all(player_ids))

    async def blocks(self, player_id: PlayerId, other_id: PlayerId) -> bool:
        """True if the player blocks the other one. Raises `Unavailable`."""
        return (await self._store.block_list(player_id)).has(other_id)

    async def erase_player(self, player_id: PlayerId) -> int:
        """Delete the list of the player, and the player from the lists of others: an erased player does not come back.

        Returns the number of lists that have changed. Raises `Unavailable`, `Conflict`.
        """
        count = int(await self._rewrite(player_id, None))
        for blocker_id in await self._store.blockers_of(player_id):
            count += await self._rewrite(blocker_id, player_id)
        return count

    async def _change(
        self, actor: Player, player_id: PlayerId, is_blocking: bool, key: IdempotencyKey | None
    ) -> BlocksResult | Rejection:
        find_earlier = partial(self._find_earlier, actor.id, player_id, key)
        attempt = partial(self._attempt, actor.id, player_id, is_blocking, key)
        return await self._handler.run_once(
            attempt, find_earlier, actor.id, "block_player" if is_blocking else "unblock_player"
        )

    async def _attempt(
        self, actor_id: PlayerId, player_id: PlayerId, is_blocking: bool, key: IdempotencyKey | None
    ) -> BlocksResult | Rejection | None:
        before = await self._store.block_list(actor_id)
        after: BlockList | Rejection = unblock_player(before, player_id)
        if is_blocking:
            if self._names.is_erased(player_id):
                return ERASED
            player = await self._names.find(player_id, viewer_id=actor_id)
            after = block_player(before, player, self._handler.clock.now(), self._handler.bounds)
        if isinstance(after, Rejection):
            return after
        if after is before and key is not None:  # without a record, a late retry could take back what came in between
            after = replace(before, version=before.version + 1)
        if after is not before:
            record = key.record(actor_id, None, self._handler.clock.now()) if key is not None else None
            try:
                await self._store.save_block_list(after, record)
            except Conflict:
                return None
            self._handler.charge_bytes(actor_id, BLOCK_BYTES * (1 + len(after.blocks)))
        await self._store.wait_blocks_hold(actor_id, player_id)
        return BlocksResult(after)

    async def _find_earlier(
        self, actor_id: PlayerId, player_id: PlayerId, key: IdempotencyKey | None
    ) -> BlocksResult | Rejection | None:
        record = await find_earlier_block_list_record(self._store, actor_id, player_id, key)
        if record is None or isinstance(record, Rejection):
            return record
        return BlocksResult(await self._store.block_list(actor_id), replayed=True)

    async def _rewrite(self, owner_id: PlayerId, erased_id: PlayerId | None) -> bool:
        """Empty a list, or take one player out of it. True if the list has changed."""
        for _ in range(ERASE_ATTEMPTS_MAX):
            before = await self._store.block_list(owner_id)
            if erased_id is not None:
                after = unblock_player(before, erased_id)
            else:
                after = replace(before, version=before.version + 1, blocks=()) if before.blocks else before
            if after is before:
                return False
            try:
                await self._store.save_block_list(after)
                return True
            except Conflict:
                continue
        raise Conflict("the block list keeps changing")

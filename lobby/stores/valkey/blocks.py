"""Block lists in the servers. `lobby.ports.blocks` says why no seat gets past a block; lua/common.lua describes the keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from secrets import token_hex

import msgspec

from lobby.domain.blocks import BlockCheck, BlockList
from lobby.domain.values import Instant, PlayerId
from lobby.ports import Conflict, IdempotencyRecord, Retention, Unavailable
from lobby.stores.codec import read_block_list, to_json
from lobby.stores.valkey.claims import read_claim
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.commit_plan import RecordClaim
from lobby.stores.valkey.commit_planner import record_claim
from lobby.stores.valkey.multi_party_commit import CommitStatus
from lobby.stores.valkey.scripts import ADD_BLOCK_HINT, FIND_BLOCKS, REMOVE_BLOCK_HINT, SAVE_BLOCK_LIST


class BlockListPlan(msgspec.Struct):
    """The work of lua/save_block_list.lua."""

    id: str
    claimed_at: Instant
    player: PlayerId
    version: int
    text: str
    added: list[PlayerId]
    removed: list[PlayerId]
    record: RecordClaim | None


class ValkeyBlocks:
    """See `lobby.ports.blocks.Blocks`."""

    def __init__(self, client: ValkeyClient, commit_status: CommitStatus, retention: Retention) -> None:
        self._client = client
        self._commit_status = commit_status
        self._retention = retention

    async def block_list(self, player_id: PlayerId) -> BlockList:
        text = await self._client.call(self._home(player_id), "HGET", f"blocks:{player_id}", "j")
        return read_block_list(text.decode()) if text is not None else BlockList(player_id)

    async def save(self, blocks: BlockList, record: IdempotencyRecord | None) -> None:
        player_id, began_at = blocks.player_id, self._client.server_time.now()
        before = await self.block_list(player_id)
        if before.version != blocks.version - 1:
            raise Conflict("the block list has changed")
        old, new = _ids(before), _ids(blocks)
        for other_id in sorted(new - old):
            call = other_id, player_id, blocks.version, began_at
            if not await self._client.run(ADD_BLOCK_HINT, self._home(other_id), *call):
                raise Unavailable("the call came too late")
        plan = BlockListPlan(
            token_hex(8),
            began_at,
            player_id,
            blocks.version,
            to_json(blocks),
            sorted(new - old),
            sorted(old - new),
            None,
        )
        if record is not None:
            plan.record = record_claim(record, plan.id, stands=True, at=began_at, retention=self._retention)
        reply: bytes = await self._client.run(SAVE_BLOCK_LIST, self._home(player_id), msgspec.json.encode(plan))
        if reply != b"done":
            raise Conflict(reply.decode())
        for other_id in sorted(old - new):
            await self._remove_hint(other_id, player_id, blocks.version)

    async def wait_blocks_hold(self, player_id: PlayerId, other_id: PlayerId) -> None:
        await asyncio.gather(self._wait_seat_decided(player_id), self._wait_seat_decided(other_id))

    async def finds_block(self, checks: Sequence[BlockCheck]) -> bool:
        return any(await asyncio.gather(*map(self._finds_block, checks)))

    async def blockers_of(self, player_id: PlayerId) -> Sequence[PlayerId]:
        found = await self._client.call(self._home(player_id), "HKEYS", f"blocked-by:{player_id}")
        return [blocker.decode() for blocker in found]

    async def put(self, blocks: BlockList) -> None:
        """Write a list into servers that have none of this player, for a copy."""
        for other_id in _ids(blocks):
            await self._client.call(
                self._home(other_id), "HSET", f"blocked-by:{other_id}", blocks.player_id, blocks.version
            )
        home, name = self._home(blocks.player_id), blocks.player_id
        if blocks.blocks:
            await self._client.call(home, "SADD", f"block-ids:{name}", *sorted(_ids(blocks)))
        await self._client.call(home, "HSET", f"blocks:{name}", "v", blocks.version, "j", to_json(blocks))

    async def _wait_seat_decided(self, player_id: PlayerId) -> None:
        text = await self._client.call(self._home(player_id), "GET", f"seat:{player_id}")
        claim = read_claim(text) if text is not None else None
        if claim is not None and claim.commit_id is not None and not claim.is_settled:
            await self._commit_status.final(claim.party_id, claim.commit_id, claim.seq, claim.at)

    async def _finds_block(self, check: BlockCheck) -> bool:
        player_id = check.player_id
        others = check.blockers + check.blocked
        is_blocker, *hints = await self._client.run(
            FIND_BLOCKS, self._home(player_id), player_id, len(check.blockers), *others
        )
        if is_blocker:
            return True
        pairs = zip(hints[::2], hints[1::2], strict=True)
        return any([await self._is_blocked(player_id, by.decode(), int(version)) for by, version in pairs])

    async def _is_blocked(self, player_id: PlayerId, blocker_id: PlayerId, version: int) -> bool:
        """True if the hint says the truth, or may come to say it. A hint that does not is removed."""
        blocks = await self.block_list(blocker_id)
        if blocks.has(player_id) or blocks.version < version:
            return True
        await self._remove_hint(player_id, blocker_id, blocks.version)
        return False

    async def _remove_hint(self, player_id: PlayerId, blocker_id: PlayerId, version: int) -> None:
        await self._client.run(REMOVE_BLOCK_HINT, self._home(player_id), player_id, blocker_id, version)

    def _home(self, player_id: PlayerId) -> int:
        return self._client.partitions.of(player_id)


def _ids(blocks: BlockList) -> set[PlayerId]:
    return {block.player.id for block in blocks.blocks}

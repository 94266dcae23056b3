"""Blocks over several partitions: a block waits for seats that are being taken, and hints without a block are removed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from lobby.domain.blocks import BlockCheck, BlockList, block_player, check_against, unblock_player
from lobby.domain.commands import JoinParty
from lobby.domain.model import Player
from lobby.ports import Commit, Retention
from lobby.stores.valkey.commit_plan import CommitPlan
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.scripts import SAVE_BLOCK_LIST
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.stores.changes import ANA, AT, BOUNDS, change, create
from tests.manual_clock import ManualClock
from tools.chaos.valkey.server import ValkeyServer

PARTITIONS = 16
UNDECIDED_S = 0.05
"""Long enough for a wait that does not wait."""


@pytest.fixture
async def store(valkey: ValkeyServer) -> AsyncIterator[ValkeyStore]:
    store = await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock(), partitions=PARTITIONS)
    yield store
    await store.close()


def stranger(store: ValkeyStore, *apart_from: str) -> Player:
    """A player in another partition than all of these."""
    of = store.client.partitions.of
    taken = set(map(of, apart_from))
    return next(Player(f"p{n}", "Name") for n in range(100) if of(f"p{n}") not in taken)


def with_block(blocks: BlockList, player: Player) -> BlockList:
    after = block_player(blocks, player, AT, BOUNDS)
    assert isinstance(after, BlockList)
    return after


async def claimed_seat(store: ValkeyStore, player: Player) -> CommitPlan:
    """A commit by which `player` joins the party of Ana: its claims are taken, and it is not decided."""
    await create(store)
    party = await store.latest("p1")
    assert party is not None
    check = check_against(player.id, ("ana",))
    assert check is not None
    commit = Commit((change(party, JoinParty(player)),), block_checks=(check,))
    now, committed_by = store.client.server_time.now(), await store._parties.commit_id_before(commit.changes[0])
    plan = store._planner.plan(commit, AT, now, {"p1": committed_by})
    plan.partitions[plan.homes[-1]].fenced = True
    await store._committer._claim(plan, plan.homes[-1])
    return plan


@pytest.mark.parametrize("is_blocker", [True, False])
async def test_a_block_is_answered_after_a_seat_that_got_past_it(store: ValkeyStore, is_blocker: bool) -> None:
    player = stranger(store, "p1", "ana")
    plan = await claimed_seat(store, player)
    blocker, blocked = (player, ANA) if is_blocker else (ANA, player)
    await store.save_block_list(with_block(BlockList(blocker.id), blocked))
    holding = asyncio.create_task(store.wait_blocks_hold(blocker.id, blocked.id))
    done, _ = await asyncio.wait((holding,), timeout=UNDECIDED_S)
    assert not done, "the seat is not decided"
    assert (await store._committer._decide(plan, plan.homes[-1]))[0] == b"done"
    await holding
    assert await store.party_of_player(player.id) == "p1"


async def test_a_seat_of_a_dead_node_is_called_off_before_the_block_is_answered(
    store: ValkeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lobby.stores.valkey.multi_party_commit.OPEN_MS", 200)
    player = stranger(store, "p1", "ana")
    plan = await claimed_seat(store, player)
    await store.save_block_list(with_block(BlockList("ana"), player))
    await store.wait_blocks_hold("ana", player.id)
    assert (await store._committer._decide(plan, plan.homes[-1]))[0] == b"aborted"
    assert await store.party_of_player(player.id) is None


async def test_the_hint_of_a_block_that_was_never_made_is_removed(store: ValkeyStore) -> None:
    """A node died between both writes of a block. The hint counts until the list of the blocker has a newer version."""
    player = stranger(store, "ana")
    check = (BlockCheck(player.id, blockers=("ana",)),)
    run = store.client.run

    async def die(script: object, *arguments: object) -> object:
        if script is SAVE_BLOCK_LIST:
            raise SystemError("the node died")
        return await run(script, *arguments)  # type: ignore[arg-type]

    store.client.run = die  # type: ignore[method-assign, assignment]
    with pytest.raises(SystemError):
        await store.save_block_list(with_block(BlockList("ana"), player))
    store.client.run = run  # type: ignore[method-assign]
    assert await store.finds_block(check), "the block may still be made"
    other = stranger(store, "ana", player.id)
    await store.save_block_list(with_block(BlockList("ana"), other))
    assert not await store.finds_block(check)
    assert await store.blockers_of(player.id) == []


async def test_a_block_made_again_keeps_its_hint(store: ValkeyStore) -> None:
    """The hint of the first block is removed late, after the second block."""
    player = stranger(store, "ana")
    first = with_block(BlockList("ana"), player)
    await store.save_block_list(first)
    second = unblock_player(first, player.id)
    await store.save_block_list(second)
    await store.save_block_list(with_block(second, player))
    await store.blocks._remove_hint(player.id, "ana", second.version)
    assert await store.finds_block((BlockCheck(player.id, blockers=("ana",)),))

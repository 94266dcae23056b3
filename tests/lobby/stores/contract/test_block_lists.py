"""Block lists: stored by version, and no seat gets past a block that was there before."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.blocks import BlockCheck, BlockList, block_player, check_against, unblock_player
from lobby.domain.commands import JoinParty, LeaveParty
from lobby.domain.model import Player
from lobby.ports import Commit, Conflict, IdempotencyRecord, Store, Unavailable
from lobby.struct import replace
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, CAT, DAN, change, create, do
from tests.lobby.stores.home import Home
from tests.lobby.stores.write_blocker import WriteBlocker

RECORD = IdempotencyRecord("ana", "key", b"input", "", 0, AT)


async def block(store: Store, blocker: Player, *others: Player, record: IdempotencyRecord | None = None) -> BlockList:
    blocks = await store.block_list(blocker.id)
    for other in others:
        after = block_player(blocks, other, AT, BOUNDS)
        assert isinstance(after, BlockList), after
        await store.save_block_list(after, record)
        await store.wait_blocks_hold(blocker.id, other.id)
        blocks = after
    return blocks


async def unblock(store: Store, blocker: Player, other: Player) -> None:
    await store.save_block_list(unblock_player(await store.block_list(blocker.id), other.id))


def apart(player: Player, *others: Player) -> tuple[BlockCheck, ...]:
    check = check_against(player.id, [other.id for other in others])
    return (check,) if check is not None else ()


async def seat(store: Store, player: Player, *others: Player) -> None:
    """`player` joins the party p1, and must have no block between itself and `others`."""
    party = await store.latest("p1")
    assert party is not None
    await store.commit(Commit((change(party, JoinParty(player)),), block_checks=apart(player, *others)))


async def test_a_list_comes_back_as_it_was_saved(store: Store) -> None:
    assert await store.block_list("ana") == BlockList("ana")
    saved = await block(store, ANA, BEN, CAT)
    assert await store.block_list("ana") == saved
    assert [found.player for found in saved.blocks] == [BEN, CAT]
    assert await store.block_list("ben") == BlockList("ben")


async def test_lists_are_there_after_a_restart(home: Home) -> None:
    store = await home.open()
    saved = await block(store, ANA, BEN)
    await store.close()
    store = await home.open()
    is_kept = home.url != "memory://"
    assert await store.block_list("ana") == (saved if is_kept else BlockList("ana"))
    assert await store.finds_block(apart(BEN, ANA)) is is_kept
    await store.close()


async def test_a_list_of_another_version_is_a_conflict(store: Store) -> None:
    saved = await block(store, ANA, BEN)
    for version in (saved.version, saved.version + 2):
        with pytest.raises(Conflict):
            await store.save_block_list(replace(saved, version=version, blocks=()))
    assert await store.block_list("ana") == saved


async def test_a_list_and_its_record_are_stored_together_or_not_at_all(store: Store) -> None:
    await block(store, ANA, BEN, record=RECORD)
    assert await store.find_idempotency_record("ana", "key") == RECORD
    with pytest.raises(Conflict):
        await block(store, ANA, CAT, record=RECORD)
    assert not (await store.block_list("ana")).has("cat")
    other = replace(RECORD, key="other")
    saved = await store.block_list("ana")
    with pytest.raises(Conflict):
        await store.save_block_list(replace(saved, version=9), other)
    assert await store.find_idempotency_record("ana", "other") is None


async def test_blocks_are_found_in_both_directions(store: Store) -> None:
    await block(store, ANA, BEN)
    assert await store.finds_block(apart(ANA, CAT, BEN))
    assert await store.finds_block(apart(BEN, CAT, ANA))
    assert await store.finds_block(apart(CAT, DAN) + apart(BEN, ANA))
    assert not await store.finds_block(apart(CAT, ANA, BEN, DAN))
    assert not await store.finds_block(())
    assert await store.blockers_of("ben") == ["ana"]


async def test_a_check_can_ask_for_one_direction(store: Store) -> None:
    await block(store, ANA, BEN)
    assert await store.finds_block((BlockCheck("ben", blockers=("ana",)),))
    assert not await store.finds_block((BlockCheck("ben", blocked=("ana",)),))
    assert not await store.finds_block((BlockCheck("ana", blockers=("ben",)),))


@pytest.mark.parametrize(("blocker", "blocked"), [(ANA, CAT), (CAT, ANA)])
async def test_a_seat_past_a_block_is_a_conflict(store: Store, blocker: Player, blocked: Player) -> None:
    await create(store)
    await do(store, "p1", JoinParty(BEN))
    await block(store, blocker, blocked)
    with pytest.raises(Conflict):
        await seat(store, CAT, ANA, BEN)
    assert await store.party_of_player("cat") is None
    await seat(store, DAN, ANA, BEN)
    await unblock(store, blocker, blocked)
    await seat(store, CAT, ANA, BEN, DAN)
    assert await store.party_of_player("cat") == "p1"


async def test_a_seat_without_conditions_ignores_blocks(store: Store) -> None:
    await create(store)
    await block(store, ANA, BEN)
    await seat(store, BEN)
    assert await store.party_of_player("ben") == "p1"


async def test_a_player_who_moves_is_checked_and_keeps_the_seat(store: Store) -> None:
    await create(store)
    old = await create(store, BEN, "p2")
    await block(store, ANA, BEN)
    new = await store.latest("p1")
    assert new is not None
    moves = (change(old, LeaveParty(BEN)), change(new, JoinParty(BEN)))
    with pytest.raises(Conflict):
        await store.commit(Commit(moves, block_checks=apart(BEN, ANA)))
    assert await store.party_of_player("ben") == "p2"
    await unblock(store, ANA, BEN)
    await store.commit(Commit(moves, block_checks=apart(BEN, ANA)))
    assert await store.party_of_player("ben") == "p1"


async def test_of_a_block_and_a_seat_at_once_the_later_sees_the_earlier(store: Store) -> None:
    """A seat that is committed was there before the block was answered."""
    await create(store)
    for number in range(30):
        other = Player(f"player {number}", "Other")
        seated_after_block: list[bool] = []

        async def block_it(other: Player = other, seen: list[bool] = seated_after_block) -> None:
            await block(store, *((ANA, other) if other.id.endswith(("1", "3", "5")) else (other, ANA)))
            seen.append(await store.party_of_player(other.id) is not None)

        async def seat_it(other: Player = other) -> None:
            await asyncio.sleep(0)
            await seat(store, other, ANA)

        results = await asyncio.gather(block_it(), seat_it(), return_exceptions=True)
        assert results[0] is None, results
        is_seated = await store.party_of_player(other.id) is not None
        assert is_seated is (results[1] is None), results
        assert seated_after_block == [is_seated], "a seat was taken after the block was answered"
        if is_seated:
            await do(store, "p1", LeaveParty(other))


async def test_a_failed_block_is_undone(store: Store, write_blocker: WriteBlocker) -> None:
    await create(store)
    write_blocker.hold()
    blocking = asyncio.create_task(block(store, ANA, BEN))
    await write_blocker.reached()
    assert await store.finds_block(apart(BEN, ANA)), "it counts from the moment that it may become durable"
    waiting = asyncio.create_task(store.wait_blocks_hold("ana", "ben"))
    await asyncio.sleep(0)
    assert not waiting.done()
    write_blocker.fail_next()
    write_blocker.release()
    for task in (blocking, waiting):
        with pytest.raises(Unavailable):
            await task
    assert await store.block_list("ana") == BlockList("ana")
    await seat(store, BEN, ANA)

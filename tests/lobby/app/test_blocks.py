"""Blocks: kept once for each key, and no seat that the server chooses puts a blocking pair into one party."""

from __future__ import annotations

import asyncio
import random

import pytest

from lobby.app.block_service import BlockService, BlocksResult
from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.app.player_names import PlayerNames
from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.listing import PartyFilter
from lobby.domain.model import Party, Player
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.values import Visibility
from tests.lobby.app.world import World, a_key, code, done, world
from tests.lobby.domain.scenes import player


@pytest.fixture
def blocks(world: World) -> BlockService:
    return BlockService(world.handler, PlayerNames(world.store))


async def block(blocks: BlockService, name: str, other: str, key: IdempotencyKey | None = None) -> BlocksResult:
    result = await blocks.block(player(name), other, key)
    assert isinstance(result, BlocksResult), result
    return result


async def quick_join(world: World, name: str, create: bool = False, leave: bool = False) -> CommandResult | Rejection:
    creation = c.CreateParty(player(name)) if create else None
    return await world.join_service.quick_join(c.JoinParty(player(name)), PartyFilter(), creation, leave)


def ids(players: tuple[Player, ...] | list[Player]) -> list[str]:
    return [player.id for player in players]


async def test_blocks_are_listed_latest_first_with_the_names_that_are_known(world: World, blocks: BlockService) -> None:
    await world.party("ann", "bob")
    await block(blocks, "ann", "bob")
    result = await block(blocks, "ann", "stranger")
    assert [(block.player.id, block.player.display_name) for block in result.blocks.blocks] == [
        ("bob", player("bob").display_name),
        ("stranger", "Player nger"),
    ]
    assert ids(list(await blocks.blocked_players("ann"))) == ["stranger", "bob"]
    assert await blocks.blocked_players("bob") == []


async def test_the_name_of_a_player_in_a_private_party_is_not_told(world: World, blocks: BlockService) -> None:
    await world.party("bob", visibility=Visibility.PRIVATE)
    result = await block(blocks, "ann", "bob")
    assert result.blocks.blocks[0].player == Player("bob", "Player bob")


async def test_unblocking_takes_a_block_back(world: World, blocks: BlockService) -> None:
    await block(blocks, "ann", "bob")
    await block(blocks, "ann", "cyd")
    assert await blocks.is_block_between("dan", "bob", "ann")
    result = await blocks.unblock(player("ann"), "bob")
    assert isinstance(result, BlocksResult)
    assert ids([block.player for block in result.blocks.blocks]) == ["cyd"]
    assert not await blocks.is_block_between("dan", "bob", "ann")
    assert await blocks.unblock(player("ann"), "nobody") == result


async def test_a_retry_returns_the_list_and_changes_nothing(world: World, blocks: BlockService) -> None:
    key = a_key()
    await block(blocks, "ann", "bob", key)
    await blocks.unblock(player("ann"), "bob")
    again = await block(blocks, "ann", "bob", key)
    assert again.replayed
    assert again.blocks.blocks == ()
    other = await blocks.block(player("ann"), "cyd", a_key(request="other"))
    assert isinstance(other, Rejection)
    assert other.code is RejectionCode.IDEMPOTENCY_KEY_REUSED


async def test_a_block_that_changed_nothing_is_remembered_by_its_key(world: World, blocks: BlockService) -> None:
    await block(blocks, "ann", "bob")
    await block(blocks, "ann", "bob", a_key())
    await blocks.unblock(player("ann"), "bob")
    assert (await block(blocks, "ann", "bob", a_key())).replayed
    assert not await blocks.is_block_between("ann", "bob")


async def test_a_key_of_a_block_is_not_taken_for_a_party(world: World, blocks: BlockService) -> None:
    await block(blocks, "ann", "bob", a_key(request="block"))
    assert code(await world.create("ann", idempotency_key=a_key())) is RejectionCode.IDEMPOTENCY_KEY_REUSED
    party = done(await world.create("bob", idempotency_key=a_key("other"))).party
    result = await blocks.block(player("bob"), "ann", a_key("other", "block"))
    assert isinstance(result, Rejection)
    assert result.code is RejectionCode.IDEMPOTENCY_KEY_REUSED
    assert party.id


@pytest.mark.parametrize("player_id", ["ann", "", " bob", "x" * 81, "a\nb"])
async def test_what_is_no_other_player_is_refused(world: World, blocks: BlockService, player_id: str) -> None:
    result = await blocks.block(player("ann"), player_id)
    assert isinstance(result, Rejection)
    assert (result.code, result.field) == (RejectionCode.INVALID_INPUT, "player_id")


async def test_a_player_blocks_so_many_and_no_more_at_once() -> None:
    async with world(Bounds(blocks_max=3)) as small:
        blocks = BlockService(small.handler, PlayerNames(small.store))
        results = await asyncio.gather(*(blocks.block(player("ann"), f"p{number}") for number in range(6)))
        refused = [result for result in results if isinstance(result, Rejection)]
        assert [result.code for result in refused] == [RejectionCode.INVALID_INPUT] * 3
        assert len(await blocks.blocked_players("ann")) == 3


@pytest.mark.parametrize(("blocker", "blocked"), [("cyd", "bob"), ("bob", "cyd"), ("cyd", "ann"), ("ann", "cyd")])
async def test_quick_join_passes_over_a_party_with_a_block(
    world: World, blocks: BlockService, blocker: str, blocked: str
) -> None:
    first = await world.party("ann", "bob")
    await block(blocks, blocker, blocked)
    assert code(await quick_join(world, "cyd")) is RejectionCode.NOT_FOUND
    other = await world.party("dan")
    assert done(await quick_join(world, "cyd")).party.id == other.id
    assert done(await quick_join(world, "eve")).party.id == first.id


async def test_only_a_block_of_the_leader_keeps_out_who_names_the_party(world: World, blocks: BlockService) -> None:
    party = await world.party("ann", "bob")
    await block(blocks, "bob", "cyd")
    await block(blocks, "cyd", "ann")
    await block(blocks, "ann", "dan")
    for outcome in (await world.join("dan", party.join_code), await world.join_by_id("dan", party.id)):
        assert outcome == NOT_FOUND
    assert done(await world.join("cyd", party.join_code)).party.id == party.id
    await world.execute(party, c.LeaveParty(player("ann")))
    assert done(await world.join_by_id("dan", party.id)).party.leader_id == "bob"


async def test_a_block_changes_nothing_in_the_own_party(world: World, blocks: BlockService) -> None:
    party = await world.party("ann", "bob")
    await block(blocks, "ann", "bob")
    assert await world.now(party) == party
    assert done(await world.join("bob", party.join_code)).party == party


async def test_two_quick_joins_into_one_creation_are_kept_apart(world: World, blocks: BlockService) -> None:
    """Both may only choose the party of Ann, which is being created. They block each other."""
    await block(blocks, "bob", "cyd")
    world.disk.hold()
    creating = asyncio.create_task(world.create("ann"))
    await world.disk.write_waits.wait()
    joining = [asyncio.create_task(quick_join(world, name, create=True)) for name in ("bob", "cyd")]
    await asyncio.sleep(0)
    world.disk.release()
    ann = done(await creating).party
    parties = [done(await joined).party.id for joined in joining]
    assert len(set(parties)) == 2
    assert ann.id in parties


async def test_no_block_that_was_answered_is_passed_by_a_quick_join(world: World, blocks: BlockService) -> None:
    """Blocks and quick joins at the same time, in random order: nobody gets a seat against a block that was answered before."""
    rng = random.Random(7)
    names = [f"p{number}" for number in range(24)]
    answered: set[tuple[str, str]] = set()
    together: set[frozenset[str]] = set()
    violations: list[str] = []

    def pairs_of(party: Party) -> set[frozenset[str]]:
        members = ids([member.player for member in party.members])
        return {frozenset((one, other)) for one in members for other in members if one != other}

    async def block_one(name: str) -> None:
        other = rng.choice([each for each in names if each != name])
        for _ in range(rng.randrange(6)):
            await asyncio.sleep(0)
        await block(blocks, name, other)
        answered.add((name, other))

    async def join_one(name: str) -> None:
        for _ in range(rng.randrange(6)):
            await asyncio.sleep(0)
        before = set(answered)
        party = done(await quick_join(world, name, create=True, leave=True)).party
        others = set(ids([member.player for member in party.members])) - {name}
        violations.extend(f"{pair} {others}" for pair in before if name in pair and others & set(pair) - {name})
        together.update(pairs_of(party))

    for _ in range(6):
        await asyncio.gather(*(rng.choice((block_one, join_one))(name) for name in names))
    assert answered
    assert together
    assert violations == []


async def test_an_erased_player_has_no_list_and_is_in_no_other(world: World, blocks: BlockService) -> None:
    await world.party("ann", "bob")
    await block(blocks, "bob", "ann")
    await block(blocks, "ann", "bob")
    assert await blocks.erase_player("bob") == 2
    assert await blocks.blocked_players("bob") == []
    assert await blocks.blocked_players("ann") == []
    assert not await blocks.is_block_between("ann", "bob")
    assert await blocks.erase_player("bob") == 0

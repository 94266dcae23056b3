"""A player who waits for a seat has one place: the store keeps this claim as it keeps a seat."""

from __future__ import annotations

import pytest

from lobby.domain.blocks import BlockList, BlockScope, block_player, check_blocks
from lobby.domain.commands import DisbandParty, JoinParty, OfferSeats, StopWaiting, UpdateParty
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.ports import Commit, Conflict, Store
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, CAT, DAN, change, create, do, party_creation
from tests.lobby.stores.home import Home

FULL = SettingsPatch(max_members=1)


async def latest(store: Store, party_id: str) -> Party:
    party = await store.latest(party_id)
    assert party is not None
    return party


async def test_a_player_who_waits_is_claimed_until_the_end_of_the_wait(store: Store) -> None:
    await create(store, ANA, "p1", patch=FULL)
    await do(store, "p1", JoinParty(CAT, wait=True))
    assert await store.party_of_player("cat") == "p1"
    await do(store, "p1", StopWaiting(CAT))
    assert await store.party_of_player("cat") is None


async def test_nobody_waits_in_two_parties_or_beside_a_seat(store: Store) -> None:
    await create(store, ANA, "p1", patch=FULL)
    await create(store, BEN, "p2", patch=FULL)
    await do(store, "p1", JoinParty(CAT, wait=True))
    for second in (change(await latest(store, "p2"), JoinParty(CAT, wait=True)), party_creation(CAT, "p3")):
        with pytest.raises(Conflict):
            await store.commit(Commit((second,)))
    with pytest.raises(Conflict):
        await store.commit(Commit((change(await latest(store, "p1"), JoinParty(BEN, wait=True)),)))
    assert await store.party_of_player("cat") == "p1"
    assert await store.party_of_player("ben") == "p2"


async def test_waiting_elsewhere_moves_the_claim_in_one_commit(store: Store) -> None:
    await create(store, ANA, "p1", patch=FULL)
    await create(store, BEN, "p2", patch=FULL)
    await do(store, "p1", JoinParty(CAT, wait=True))
    left = change(await latest(store, "p1"), StopWaiting(CAT))
    await store.commit(Commit((left, change(await latest(store, "p2"), JoinParty(CAT, wait=True)))))
    assert await store.party_of_player("cat") == "p2"
    assert (await latest(store, "p1")).waiting == ()
    assert [waiting.player for waiting in (await latest(store, "p2")).waiting] == [CAT]


async def test_the_claim_holds_until_the_held_seat_is_taken(store: Store) -> None:
    await create(store, ANA, "p1", patch=FULL)
    await do(store, "p1", JoinParty(CAT, wait=True), JoinParty(DAN, wait=True))
    await do(store, "p1", UpdateParty(ANA, SettingsPatch(max_members=3)), OfferSeats(("cat", "dan")))
    assert await store.party_of_player("cat") == "p1"
    await do(store, "p1", JoinParty(CAT), StopWaiting(DAN))
    assert await store.party_of_player("cat") == "p1"
    assert await store.party_of_player("dan") is None


async def test_a_party_that_closes_gives_its_waiting_players_back(store: Store) -> None:
    await create(store, ANA, "p1", patch=FULL)
    await do(store, "p1", JoinParty(CAT, wait=True), DisbandParty(ANA))
    assert await store.party_of_player("cat") is None
    await create(store, CAT, "p2")


async def test_waiting_lists_and_held_seats_are_there_after_a_restart(home: Home) -> None:
    store = await home.open()
    await create(store, ANA, "p1", patch=FULL)
    await do(store, "p1", JoinParty(CAT, wait=True), JoinParty(DAN, wait=True))
    before = await do(store, "p1", UpdateParty(ANA, SettingsPatch(max_members=2)), OfferSeats(("dan",)))
    await store.close()
    store = await home.open()
    try:
        if home.url == "memory://":
            assert await store.latest("p1") is None
            return
        assert await latest(store, "p1") == before
        for name in ("cat", "dan"):
            assert await store.party_of_player(name) == "p1"
    finally:
        await store.close()


async def test_a_block_is_checked_when_a_player_who_waited_takes_the_seat(store: Store) -> None:
    await create(store, ANA, "p1", patch=FULL)
    party = await do(store, "p1", JoinParty(CAT, wait=True), UpdateParty(ANA, SettingsPatch(max_members=2)))
    joined, check = change(party, JoinParty(CAT)), check_blocks(party, "cat", BlockScope.EVERYBODY)
    assert check is not None
    blocks = block_player(BlockList("ana"), CAT, AT, BOUNDS)
    assert isinstance(blocks, BlockList)
    await store.save_block_list(blocks)
    await store.wait_blocks_hold("ana", "cat")
    with pytest.raises(Conflict):
        await store.commit(Commit((joined,), block_checks=(check,)))
    await store.commit(Commit((joined,)))
    assert await store.party_of_player("cat") == "p1"

"""A join code belongs to one live party, and rests before it is used again."""

from __future__ import annotations

import pytest

from lobby.domain.commands import LeaveParty, RotateJoinCode
from lobby.ports import Commit, Conflict, Store
from tests.lobby.stores.changes import ANA, AT, BEN, CAT, change, create, do, party_creation
from tests.manual_clock import ManualClock

CODE_MS = 10 * 60_000


async def test_a_party_is_found_by_its_code(store: Store) -> None:
    await create(store, code="ABCDEF")
    assert await store.party_of_code("ABCDEF") == "p1"
    assert await store.party_of_code("ABCDEG") is None


async def test_a_code_belongs_to_one_live_party(store: Store) -> None:
    await create(store, code="ABCDEF")
    with pytest.raises(Conflict):
        await store.commit(Commit((party_creation(BEN, "p2", "ABCDEF"),)))
    assert await store.latest("p2") is None
    await create(store, BEN, "p2", "OTHER")


async def test_the_code_of_a_closed_party_is_reserved_for_a_while(store: Store, clock: ManualClock) -> None:
    await create(store, code="ABCDEF")
    await do(store, "p1", LeaveParty(ANA))
    clock.advance_ms(CODE_MS - 1)
    assert await store.party_of_code("ABCDEF") == "p1"
    with pytest.raises(Conflict):
        await store.commit(Commit((party_creation(BEN, "p2", "ABCDEF"),)))
    clock.advance_ms(1)
    assert await store.party_of_code("ABCDEF") is None
    await create(store, BEN, "p2", "ABCDEF")
    assert await store.party_of_code("ABCDEF") == "p2"


async def test_no_party_is_found_by_a_replaced_code(store: Store) -> None:
    await create(store, code="ABCDEF")
    await do(store, "p1", RotateJoinCode(ANA, "GHJKMN"))
    assert await store.party_of_code("ABCDEF") is None
    assert await store.party_of_code("GHJKMN") == "p1"


async def test_a_replaced_code_rests_too(store: Store, clock: ManualClock) -> None:
    await create(store, code="ABCDEF")
    await do(store, "p1", RotateJoinCode(ANA, "GHJKMN"))
    with pytest.raises(Conflict):
        await store.commit(Commit((party_creation(BEN, "p2", "ABCDEF"),)))
    clock.advance_ms(CODE_MS)
    await create(store, BEN, "p2", "ABCDEF")


async def test_a_party_can_not_change_to_a_taken_code(store: Store) -> None:
    party = await create(store, code="ABCDEF")
    await create(store, BEN, "p2", "GHJKMN")
    with pytest.raises(Conflict):
        await store.commit(Commit((change(party, RotateJoinCode(ANA, "GHJKMN")),)))
    assert await store.party_of_code("ABCDEF") == "p1"


async def test_a_sweep_forgets_codes_that_have_rested_and_no_others(store: Store, clock: ManualClock) -> None:
    await create(store, code="ABCDEF")
    await do(store, "p1", LeaveParty(ANA))
    await create(store, ANA, "p2", "GHJKMN")
    clock.advance_ms(CODE_MS - 1)
    await store.sweep(clock.now())
    assert await store.party_of_code("ABCDEF") == "p1"
    clock.advance_ms(1)
    await store.sweep(clock.now())
    await create(store, BEN, "p3", "ABCDEF", at=clock.now())
    assert await store.party_of_code("GHJKMN") == "p2"
    await do(store, "p3", LeaveParty(BEN), at=clock.now())
    clock.advance_ms(CODE_MS - 1)
    await store.sweep(clock.now())
    with pytest.raises(Conflict):
        await store.commit(Commit((party_creation(CAT, "p4", "ABCDEF", at=AT),)))

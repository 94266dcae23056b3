"""Join codes: one live party each, and a rest before they are handed out again."""

from __future__ import annotations

import pytest

from lobby.domain.commands import LeaveParty, RotateJoinCode
from lobby.ports import Commit, Conflict, Store
from tests.stores.changes import ANA, AT, BEN, CAT, change, create, do, founding
from tests.stores.clock import ManualClock

CODE_MS = 10 * 60_000


async def test_a_code_leads_to_its_party(store: Store) -> None:
    await create(store, code="ABCDEF")
    assert await store.party_of_code("ABCDEF") == "p1"
    assert await store.party_of_code("ABCDEG") is None


async def test_a_code_belongs_to_one_live_party(store: Store) -> None:
    await create(store, code="ABCDEF")
    with pytest.raises(Conflict):
        await store.commit(Commit((founding(BEN, "p2", "ABCDEF"),)))
    assert await store.newest("p2") is None
    await create(store, BEN, "p2", "OTHER")


async def test_the_code_of_a_closed_party_is_reserved_for_a_while(store: Store, clock: ManualClock) -> None:
    await create(store, code="ABCDEF")
    await do(store, "p1", LeaveParty(ANA))
    clock.go(CODE_MS - 1)
    assert await store.party_of_code("ABCDEF") == "p1"
    with pytest.raises(Conflict):
        await store.commit(Commit((founding(BEN, "p2", "ABCDEF"),)))
    clock.go(1)
    assert await store.party_of_code("ABCDEF") is None
    await create(store, BEN, "p2", "ABCDEF")
    assert await store.party_of_code("ABCDEF") == "p2"


async def test_a_code_that_was_changed_leads_nowhere(store: Store) -> None:
    await create(store, code="ABCDEF")
    await do(store, "p1", RotateJoinCode(ANA, "GHJKMN"))
    assert await store.party_of_code("ABCDEF") is None
    assert await store.party_of_code("GHJKMN") == "p1"


async def test_a_code_that_was_changed_rests_too(store: Store, clock: ManualClock) -> None:
    await create(store, code="ABCDEF")
    await do(store, "p1", RotateJoinCode(ANA, "GHJKMN"))
    with pytest.raises(Conflict):
        await store.commit(Commit((founding(BEN, "p2", "ABCDEF"),)))
    clock.go(CODE_MS)
    await create(store, BEN, "p2", "ABCDEF")


async def test_a_code_can_be_changed_to_no_taken_one(store: Store) -> None:
    party = await create(store, code="ABCDEF")
    await create(store, BEN, "p2", "GHJKMN")
    with pytest.raises(Conflict):
        await store.commit(Commit((change(party, RotateJoinCode(ANA, "GHJKMN")),)))
    assert await store.party_of_code("ABCDEF") == "p1"


async def test_a_sweep_forgets_codes_that_have_rested_and_no_others(store: Store, clock: ManualClock) -> None:
    await create(store, code="ABCDEF")
    await do(store, "p1", LeaveParty(ANA))
    await create(store, ANA, "p2", "GHJKMN")
    clock.go(CODE_MS - 1)
    await store.sweep(clock.now())
    assert await store.party_of_code("ABCDEF") == "p1"
    clock.go(1)
    await store.sweep(clock.now())
    await create(store, BEN, "p3", "ABCDEF", at=clock.now())
    assert await store.party_of_code("GHJKMN") == "p2"
    await do(store, "p3", LeaveParty(BEN), at=clock.now())
    clock.go(CODE_MS - 1)
    await store.sweep(clock.now())
    with pytest.raises(Conflict):
        await store.commit(Commit((founding(CAT, "p4", "ABCDEF", at=AT),)))

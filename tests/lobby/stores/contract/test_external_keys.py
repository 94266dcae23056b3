"""An external key belongs to one live party, and is free as soon as that closes."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import CreateParty, DisbandParty, JoinParty, LeaveParty
from lobby.domain.model import Player
from lobby.domain.rules.decide import decide_creation
from lobby.domain.values import PartyId
from lobby.ports import Change, Commit, Conflict, Store
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, CAT, change, do, player
from tests.lobby.stores.home import Home

KEY = "activity-1"


def creation(founder: Player = ANA, party_id: PartyId = "p1", key: str = KEY) -> Change:
    command = CreateParty(founder, external_key=key)
    entries = decide_creation(command, party_id, f"epoch{party_id}", party_id.upper(), AT, BOUNDS)
    assert isinstance(entries, tuple), entries
    return Change(None, entries)


async def test_a_party_is_found_by_its_key_until_it_closes(store: Store) -> None:
    await store.commit(Commit((creation(),)))
    assert await store.party_of_external_key(KEY) == "p1"
    assert await store.party_of_external_key("ACTIVITY-1") is None
    with pytest.raises(Conflict):
        await store.commit(Commit((creation(BEN, "p2"),)))
    assert await store.latest("p2") is None
    await do(store, "p1", DisbandParty(ANA))
    assert await store.party_of_external_key(KEY) is None
    await store.commit(Commit((creation(BEN, "p2"),)))
    assert await store.party_of_external_key(KEY) == "p2"


async def test_a_refused_creation_leaves_the_key_free(store: Store) -> None:
    await store.commit(Commit((creation(ANA, "p1", "other"),)))
    with pytest.raises(Conflict):
        await store.commit(Commit((creation(ANA, "p2"),)))
    assert await store.party_of_external_key(KEY) is None
    await store.commit(Commit((creation(BEN, "p2"),)))
    assert await store.party_of_external_key(KEY) == "p2"


async def test_one_commit_moves_a_player_and_takes_the_key(store: Store) -> None:
    await store.commit(Commit((creation(ANA, "p1", "other"),)))
    old = await do(store, "p1", JoinParty(BEN))
    await store.commit(Commit((change(old, LeaveParty(ANA)), creation(party_id="p1b"))))
    assert await store.party_of_external_key(KEY) == await store.party_of_player(ANA.id) == "p1b"
    assert await store.party_of_external_key("other") == "p1"


async def test_of_many_creations_at_once_one_is_made(store: Store) -> None:
    rivals = [store.commit(Commit((creation(player(f"x{n}"), f"p{n}"),))) for n in range(8)]
    outcomes = await asyncio.gather(*rivals, return_exceptions=True)
    assert [Conflict] * 7 == [type(outcome) for outcome in outcomes if outcome is not None]
    (made,) = [n for n, outcome in enumerate(outcomes) if outcome is None]
    assert await store.party_of_external_key(KEY) == f"p{made}"


async def test_the_key_outlives_a_restart(home: Home) -> None:
    store = await home.open()
    await store.commit(Commit((creation(),)))
    await store.close()
    store = await home.open()
    try:
        if await store.party("p1") is None:
            assert await store.party_of_external_key(KEY) is None, "the memory store keeps nothing"
            return
        assert await store.party_of_external_key(KEY) == "p1"
        with pytest.raises(Conflict):
            await store.commit(Commit((creation(CAT, "p2"),)))
    finally:
        await store.close()

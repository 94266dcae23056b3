"""The index of the parties that search, the lease of the matcher, the waits, and commits over several parties at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lobby.domain.commands import (
    AcceptMatch,
    CancelSearch,
    JoinParty,
    MoveToMatch,
    ProposeMatch,
    StartSearch,
    TakeInMatch,
)
from lobby.domain.matching import Candidate, candidate_of
from lobby.domain.model import Party, Player
from lobby.domain.search import Match, SearchCriteria
from lobby.domain.values import GameType, PartyId, PartyState, SearchState
from lobby.ports import Commit, Conflict, IdempotencyRecord, SearchPosition, Store
from tests.lobby.stores.changes import AT, change, create, do, player
from tests.lobby.stores.home import Home
from tests.waiting import wait_until

MATCH = "the match"
ACCEPT_BY = AT + 15_000


async def search(store: Store, name: str, *others: str) -> Party:
    """A party that searches. Its id is that of its leader."""
    leader = player(name)
    await create(store, leader, name)
    await do(store, name, *(JoinParty(player(other)) for other in others))
    return await do(store, name, StartSearch(leader, SearchCriteria(GameType.COOP, 8), f"{name}.1"))


async def read_all(store: Store, limit: int = 100) -> tuple[dict[PartyId, Candidate | None], SearchPosition]:
    return await read_after(store, None, limit)


async def read_after(
    store: Store, position: SearchPosition | None, limit: int = 100
) -> tuple[dict[PartyId, Candidate | None], SearchPosition]:
    found: dict[PartyId, Candidate | None] = {}
    while True:
        page = await store.searches.changes(position, limit)
        assert page.is_reset is (position is None)
        position = page.position
        found |= dict(page.changes)
        if not page.has_more:
            return found, position


async def proposed(store: Store, *parties: Party) -> list[Party]:
    match = Match(MATCH, tuple(party.id for party in parties), ACCEPT_BY)
    changes = tuple(change(party, ProposeMatch(match)) for party in parties)
    await store.commit(Commit(changes))
    return [each.after for each in changes]


async def accepted(store: Store, party: Party) -> Party:
    assert party.search is not None
    return await do(store, party.id, *(AcceptMatch(m.player, party.search.id) for m in party.members))


def merge(stays: Party, *others: Party, record: IdempotencyRecord | None = None) -> Commit:
    moves = (change(other, MoveToMatch(MATCH, stays.id)) for other in others)
    return Commit((*moves, change(stays, TakeInMatch(MATCH, others))), record)


async def test_the_index_has_the_parties_that_search(store: Store) -> None:
    await create(store, player("zoe"), "zoe")
    parties = [await search(store, f"p{number}", f"q{number}") for number in range(5)]
    found, position = await read_all(store, limit=2)
    assert found == {party.id: candidate_of(party) for party in parties}
    assert await read_after(store, position) == ({}, position)


async def test_a_reader_gets_what_has_changed_since(store: Store) -> None:
    one, two, three = [await search(store, f"p{number}") for number in range(3)]
    _, position = await read_all(store)
    one, two = await proposed(store, one, two)
    await do(store, three.id, CancelSearch(player(three.id), f"{three.id}.1"))
    four = await search(store, "p4")
    found, position = await read_after(store, position)
    now = {party.id: candidate_of(party) for party in (one, two, four)}
    assert found == {**now, three.id: None}
    assert [candidate is not None and candidate.is_proposed for candidate in now.values()] == [True, True, False]
    assert (await read_all(store))[0] == now


async def test_a_position_of_another_store_leads_to_a_reset(store: Store) -> None:
    party = await search(store, "p1")
    _, position = await read_all(store)
    ahead: Any = tuple((number + 100, known) for number, known in position)
    page = await store.searches.changes(ahead, 10)
    assert page.is_reset
    assert dict(page.changes) == {party.id: candidate_of(party)}


async def test_a_reader_that_missed_too_many_ends_reads_all_again(store: Store, home: Home, monkeypatch: Any) -> None:
    monkeypatch.setattr("lobby.stores.local.searches.CHANGES_MAX", 2)
    if "valkey" in home.url:
        pytest.skip("the number is in a script")
    gone = await search(store, "p1")
    _, position = await read_all(store)
    kept = await search(store, "p2")
    for number in range(3, 20):
        party = await search(store, f"p{number}")
        await do(store, party.id, CancelSearch(player(party.id), f"{party.id}.1"))
        if number == 3:
            await do(store, gone.id, CancelSearch(player(gone.id), f"{gone.id}.1"))
    page = await store.searches.changes(position, 100)
    assert page.is_reset
    assert [found for found in page.changes if found[1] is not None] == [(kept.id, candidate_of(kept))]


async def test_the_index_survives_a_restart(home: Home) -> None:
    if home.url.startswith("memory"):
        pytest.skip("the memory store keeps nothing")
    store = await home.open()
    party = await search(store, "p1")
    await store.close()
    again = await home.open()
    assert (await read_all(again))[0] == {party.id: candidate_of(party)}
    await again.close()


async def test_a_lease_has_one_holder_until_it_ends(home: Home, store: Store) -> None:
    assert await store.searches.hold_lease("test", "one", 300)
    assert await store.searches.hold_lease("test", "one", 300)
    if "valkey" in home.url:
        assert not await store.searches.hold_lease("test", "two", 300)
        await wait_until(lambda: store.searches.hold_lease("test", "two", 300))


async def test_the_latest_hundred_waits_of_a_kind_are_kept_once_each(store: Store) -> None:
    assert await store.searches.waits("kind") == ()
    for number in range(120):
        await store.searches.add_waits("kind", {f"search {number}": number})
    await store.searches.add_waits("kind", {"search 119": 119})
    await store.searches.add_waits("other", {"search": 1})
    waits = await store.searches.waits("kind")
    assert len(waits) == 100
    assert 119 in waits


async def test_the_waits_survive_a_restart(home: Home) -> None:
    if home.url.startswith("memory"):
        pytest.skip("the memory store keeps nothing")
    store = await home.open()
    for number in range(102):
        await store.searches.add_waits("kind", {f"search {number}": number})
    await store.close()
    again = await home.open()
    await again.searches.add_waits("kind", {"search 102": 102})
    await again.close()
    last = await home.open()
    waits = await last.searches.waits("kind")
    assert (len(set(waits)), 102 in waits) == (100, True)
    await last.close()


async def test_up_to_eight_parties_become_one_in_one_commit(store: Store) -> None:
    parties = await proposed(store, *[await search(store, f"p{number}") for number in range(8)])
    parties = [await accepted(store, party) for party in parties]
    await store.commit(merge(parties[0], *parties[1:]))
    merged = await store.party(parties[0].id)
    assert merged is not None
    assert [member.player.id for member in merged.members] == [f"p{number}" for number in range(8)]
    for party in parties:
        assert await store.party_of_player(party.id) == merged.id
        after = await store.party(party.id)
        assert after is not None
        assert after.search is not None
        assert (after.search.state, after.is_closed) == (SearchState.MATCHED, after.id != merged.id)
        entries = await store.entries(party.id, 0, 100)
        assert entries[-1].party == after
    for party in parties[1:]:  # the codes of the closed parties rest
        assert await store.party_of_code(party.join_code) == party.id
    assert (await read_all(store))[0] == {}


async def test_a_commit_over_several_parties_fails_as_a_whole(store: Store) -> None:
    parties = [await search(store, f"p{number}") for number in range(5)]
    stale = parties[2]
    await do(store, stale.id, CancelSearch(player(stale.id), f"{stale.id}.1"))
    with pytest.raises(Conflict):
        await proposed(store, *parties)
    for party in parties:
        now = await store.party(party.id)
        assert now is not None
        assert now.version == party.version + (party is stale)
        assert len(await store.entries(party.id, 0, 100)) == now.version
    rest = [party for party in parties if party is not stale]
    assert all(party.search is not None and party.search.match for party in await proposed(store, *rest))


async def test_of_a_merge_and_a_cancel_at_the_same_time_one_happens(store: Store) -> None:
    for attempt in range(6):
        names = [f"{attempt}.{number}" for number in range(4)]
        parties = await proposed(store, *[await search(store, name) for name in names])
        parties = [await accepted(store, party) for party in parties]
        loser = parties[attempt % 4]
        merging = store.commit(merge(parties[0], *parties[1:]))
        cancel = change(loser, CancelSearch(player(loser.id), f"{loser.id}.1"))
        cancelling = store.commit(Commit((cancel,)))
        both = (merging, cancelling) if attempt % 2 else (cancelling, merging)
        results = await asyncio.gather(*both, return_exceptions=True)
        is_merged, is_cancelled = (result is None for result in (results if attempt % 2 else results[::-1]))
        assert is_merged + is_cancelled == 1, results
        states = []
        for party in parties:
            after = await store.party(party.id)
            assert after is not None
            assert after.search is not None
            states.append(after.search.state)
            assert await store.party_of_player(party.id) == (parties[0].id if is_merged else party.id)
        expected = [SearchState.MATCHED] * 4 if is_merged else [SearchState.PROPOSED] * 4
        if is_cancelled:
            expected[attempt % 4] = SearchState.CANCELLED
        assert states == expected


async def test_the_record_of_a_key_stands_with_a_merge_in_any_of_its_parties(store: Store) -> None:
    """The last player to accept may be in a party that does not stay."""
    parties = await proposed(store, *[await search(store, f"p{number}") for number in range(3)])
    parties = [await accepted(store, party) for party in parties]
    moved: Player = player("p1")
    record = IdempotencyRecord(moved.id, "key", b"", "p1", parties[1].version + 3, AT)
    await store.commit(merge(parties[0], *parties[1:], record=record))
    assert await store.find_idempotency_record(moved.id, "key") == record
    closed = await store.party("p1")
    assert closed is not None
    assert (closed.state, closed.version) == (PartyState.CLOSED, record.seq)

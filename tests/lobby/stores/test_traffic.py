"""After random concurrent commands, with failures of the disk, all reads of the store agree."""

from __future__ import annotations

import random

import pytest

from lobby.domain.evolve import evolve
from lobby.domain.listing import is_listed
from lobby.domain.model import Party
from lobby.domain.values import Visibility
from lobby.ports import PartyQuery, SessionQuery, Store
from tests.lobby.stores.home import Home
from tests.lobby.stores.traffic import PLAYERS, Traffic

STEPS = 400
FIRST_MAX = 1_000


@pytest.mark.parametrize("seed", range(4))
async def test_all_readings_agree(home: Home, seed: int) -> None:
    store = await home.open()
    traffic = Traffic(store, home.write_blocker, random.Random(seed))
    await traffic.run(STEPS)
    assert traffic.failures or not home.has_write_hook
    assert traffic.conflicts
    await check(store, traffic)
    await store.close()
    if home.url.startswith("sqlite"):
        store = await home.open()
        await check(store, traffic)
        await store.close()


async def check(store: Store, traffic: Traffic) -> None:
    parties = [party for party_id in traffic.party_ids if (party := await store.party(party_id))]
    assert {party.id for party in parties} >= set(traffic.answered)
    for party in parties:
        assert party == await store.latest(party.id)
        assert party.version >= traffic.answered.get(party.id, 0)
        assert party == await replay(store, party.id)
        await check_claims(store, party)
    seats = {member.player.id: party.id for party in parties if not party.is_closed for member in party.members}
    assert seats == {who.id: seat for who in PLAYERS if (seat := await store.party_of_player(who.id))}
    await check_lists(store, parties)


async def replay(store: Store, party_id: str) -> Party | None:
    """The party as its whole log makes it."""
    party: Party | None = None
    for entry in await store.entries(party_id, 0, FIRST_MAX):
        party = evolve(party, entry.event, entry.seq, entry.at, entry.actor_id)
        assert party == entry.party
    return party


async def check_claims(store: Store, party: Party) -> None:
    if not party.is_closed:
        assert party.id == await store.party_of_code(party.join_code)
    if party.session is not None:
        assert party.session == await store.session(party.session.id)


async def check_lists(store: Store, parties: list[Party]) -> None:
    listed = await store.parties(PartyQuery(first=FIRST_MAX))
    assert sorted(party.id for party in parties if is_listed(party)) == sorted(party.id for party in listed.items)
    active = [party.session for party in parties if party.session and party.settings.visibility is Visibility.PUBLIC]
    page = await store.sessions(SessionQuery(first=FIRST_MAX))
    assert sorted(session.id for session in active) == sorted(session.id for session in page.items)

"""A player is found in everything that is stored, and erased from it."""

from __future__ import annotations

import json

from lobby.domain.commands import InvitePlayer, JoinParty, LeaveParty, PostMessage, RemoveMember
from lobby.domain.inbox import Inbox
from lobby.ports import RefreshFamily, Store
from tests.lobby.stores.changes import ANA, AT, BEN, CAT, DAN, create, do
from tests.lobby.stores.home import Home


async def parties_with_ben(store: Store) -> None:
    """Ben has made a party with his name, written in it, and left it to Ana. He is also a former member of her party."""
    await create(store, BEN, party_id="p1")
    await do(store, "p1", JoinParty(ANA), PostMessage(BEN, "my secret words"), PostMessage(ANA, "hello"))
    await do(store, "p1", LeaveParty(BEN))
    family = RefreshFamily("family", BEN.id, BEN.display_name, generation=1, rotated_at=AT, expires_at=AT + 10**9)
    await store.save_refresh_family(family, None)


async def test_everything_about_a_player_is_found(store: Store) -> None:
    await parties_with_ben(store)
    found = json.dumps(await store.player_data(BEN.id))
    assert "my secret words" in found
    assert "family" in found
    assert await store.player_data("nobody") == {}


async def test_an_erased_player_is_in_nothing_and_the_others_go_on(store: Store, home: Home) -> None:
    await parties_with_ben(store)
    before = await store.party("p1")
    assert before is not None
    await store.erase_player(BEN.id, "someone")
    assert await store.player_data(BEN.id) == {}
    entries = await store.entries("p1", 0, 100)
    text = repr(entries) + repr(await store.party("p1")) + repr(await store.latest("p1"))
    for gone in (repr(BEN.id), BEN.display_name, "my secret words"):
        assert gone not in text, gone
    assert "hello" in text
    assert [entry.seq for entry in entries] == list(range(1, before.version + 1))
    assert await store.refresh_family("family") is None
    after = await do(store, "p1", PostMessage(ANA, "go on"))
    assert (after.version, await store.party("p1")) == (before.version + 1, after)


async def test_an_erased_player_does_not_come_back_with_a_commit_that_was_on_its_way(store: Store) -> None:
    await create(store, ANA, party_id="p1")
    await do(store, "p1", JoinParty(BEN))
    await do(store, "p1", RemoveMember(BEN.id, AT))
    await store.erase_player(BEN.id, "someone")
    await do(store, "p1", PostMessage(ANA, "hello"))
    assert await store.player_data(BEN.id) == {}


async def test_the_name_of_an_inviter_goes_from_the_inboxes_of_others(store: Store) -> None:
    await create(store, BEN, party_id="p1")
    for guest in (ANA, CAT, DAN):  # with several partitions some of their inboxes lie elsewhere
        await do(store, "p1", InvitePlayer(BEN, guest))
    await do(store, "p1", JoinParty(ANA), LeaveParty(BEN))
    before = {guest.id: await store.inbox(guest.id) for guest in (CAT, DAN)}
    assert "Ben" in repr(await store.inbox_entries(Inbox("cat"), 10))
    await store.erase_player(BEN.id, "someone")
    for guest in (CAT, DAN):
        entries = await store.inbox_entries(Inbox(guest.id), 10)
        assert entries
        assert BEN.display_name not in repr(entries)
        assert repr(BEN.id) not in repr(entries)
        assert await store.inbox(guest.id) == before[guest.id] == entries[-1].inbox, "its cursors stay valid"
    assert await store.player_data(BEN.id) == {}

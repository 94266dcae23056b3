"""The parties that invite a player are found, and an invite past a block is a conflict."""

from __future__ import annotations

import pytest

from lobby.domain.blocks import BlockCheck, BlockList, block_player
from lobby.domain.commands import (
    Command,
    DeclineInvite,
    DisbandParty,
    InvitePlayer,
    JoinParty,
    MeetDeadlines,
    RevokeInvite,
)
from lobby.ports import INVITES_LISTED_MAX, Commit, Conflict, Store
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, CAT, DAN, change, create, do, player
from tests.lobby.stores.home import Home

LATER = AT + BOUNDS.invite_ms


async def inviting(store: Store, player_id: str) -> list[str]:
    """The parties that were found and have a pending invite. A store that nodes share may still find others for a moment."""
    found = [await store.party(party_id) for party_id in await store.parties_inviting(player_id)]
    return [party.id for party in found if party is not None and party.pending_invite(player_id) is not None]


async def test_the_parties_that_invite_a_player_are_found(store: Store) -> None:
    await create(store)
    await create(store, BEN, "p2")
    for party_id, inviter in (("p1", ANA), ("p2", BEN)):
        await do(store, party_id, InvitePlayer(inviter, CAT))
    await do(store, "p1", InvitePlayer(ANA, DAN))
    assert set(await store.parties_inviting("cat")) == {"p1", "p2"}
    assert await store.parties_inviting("dan") == ["p1"]
    assert await store.parties_inviting("ana") == []


async def test_a_party_whose_invite_has_ended_is_not_found(store: Store) -> None:
    for end in ("accepted", "declined", "revoked", "expired", "closed"):
        guest = player(f"{end} guest")
        founder = player(f"{end} founder")
        await create(store, founder, end)
        party = await do(store, end, InvitePlayer(founder, guest))
        invite = party.invites[0]
        commands: dict[str, Command] = {
            "accepted": JoinParty(guest, invite_id=invite.id),
            "declined": DeclineInvite(guest, invite.id),
            "revoked": RevokeInvite(founder, invite.id),
            "expired": MeetDeadlines(),
            "closed": DisbandParty(founder),
        }
        await do(store, end, commands[end], at=LATER if end == "expired" else AT)
        assert await inviting(store, guest.id) == [], end


async def test_a_player_who_is_invited_again_is_found(store: Store) -> None:
    await create(store)
    party = await do(store, "p1", InvitePlayer(ANA, CAT))
    await do(store, "p1", RevokeInvite(ANA, party.invites[0].id))
    await do(store, "p1", InvitePlayer(ANA, CAT), at=AT + 1)
    assert await store.parties_inviting("cat") == ["p1"]


async def test_invites_are_found_after_a_restart(home: Home) -> None:
    store = await home.open()
    await create(store)
    await do(store, "p1", InvitePlayer(ANA, CAT))
    await store.close()
    store = await home.open()
    assert await store.parties_inviting("cat") == (["p1"] if home.url != "memory://" else [])
    await store.close()


async def test_no_more_than_the_latest_are_listed(store: Store) -> None:
    for number in range(INVITES_LISTED_MAX + 2):
        founder = player(f"f{number}")
        await create(store, founder, f"p{number}")
        await do(store, f"p{number}", InvitePlayer(founder, CAT), at=AT + number)
    found = await store.parties_inviting("cat")
    assert set(found) == {f"p{number}" for number in range(2, INVITES_LISTED_MAX + 2)}


async def test_an_invite_past_a_block_of_the_invitee_is_a_conflict(store: Store) -> None:
    party = await create(store)
    blocks = block_player(BlockList("cat"), ANA, AT, BOUNDS)
    assert isinstance(blocks, BlockList)
    await store.save_block_list(blocks)
    unless_blocked = (BlockCheck("cat", blocked=("ana",)),)
    with pytest.raises(Conflict):
        await store.commit(Commit((change(party, InvitePlayer(ANA, CAT)),), block_checks=unless_blocked))
    await store.commit(Commit((change(party, InvitePlayer(ANA, CAT, is_unwanted=True)),)))
    assert [entry.event for entry in await store.inbox_entries(await store.inbox("cat"), 10)] == []

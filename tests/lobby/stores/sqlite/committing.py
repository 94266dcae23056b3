"""A process that commits as fast as it can and prints each commit that returned. A test kills it."""

from __future__ import annotations

import asyncio
import sys

from lobby.domain.commands import JoinParty, LeaveParty, PostMessage
from lobby.domain.model import Party, Player
from lobby.domain.values import LeaveReason, PartyId
from lobby.ports import Change, Commit, Store
from tests.lobby.stores.changes import change, create, player
from tests.lobby.stores.home import Home

PAIRS = 8


async def wander(store: Store, pair: int) -> None:
    """A player moves between two parties for ever, and each move that returned is printed."""
    wanderer = player(f"wanderer{pair}")
    here, there = f"{pair}a", f"{pair}b"
    if await store.party_of_player(wanderer.id) is None:
        await store.commit(Commit((change(await latest(store, here), JoinParty(wanderer)),)))
    elif await store.party_of_player(wanderer.id) == there:
        here, there = there, here
    while True:
        going = leaving(await latest(store, here), wanderer)
        coming = change(await latest(store, there), JoinParty(wanderer))
        await store.commit(Commit((going, coming)))
        print(here, going.after.version, there, coming.after.version, flush=True)
        here, there = there, here


def leaving(party: Party, wanderer: Player) -> Change:
    """Several entries, so that a commit that is half written would be noticed."""
    said = change(party, PostMessage(wanderer, "off I go"))
    left = change(said.after, LeaveParty(wanderer, LeaveReason.JOINED_ANOTHER))
    return Change(party, said.entries + left.entries)


async def latest(store: Store, party_id: PartyId) -> Party:
    party = await store.latest(party_id)
    assert party is not None
    return party


async def main(url: str) -> None:
    store = await Home(url).open()
    for party_id in (f"{pair}{side}" for pair in range(PAIRS) for side in "ab"):
        if await store.latest(party_id) is None:
            await create(store, player(f"leader{party_id}"), party_id)
    await asyncio.gather(*(wander(store, pair) for pair in range(PAIRS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

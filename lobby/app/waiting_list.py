"""Finds the player on a waiting list who could have a free seat now."""

from __future__ import annotations

from lobby.domain.blocks import BlockScope, check_blocks
from lobby.domain.model import Party
from lobby.domain.values import PlayerId
from lobby.ports import PlayerConnections, Store


async def next_on_list(party: Party, store: Store, connections: PlayerConnections) -> tuple[PlayerId, ...]:
    """The players on the waiting list who could have a free seat now, in their order: they are connected, and there is no block
    between them and anybody in the party. Nobody if no seat is free. May raise `Unavailable`."""
    if party.free_seats == 0:
        return ()
    found: list[PlayerId] = []
    for waiting in party.waiting:
        player_id = waiting.player.id
        if await connections.is_connected_to_inbox(player_id):
            check = check_blocks(party, player_id, BlockScope.EVERYBODY)
            if check is None or not await store.finds_block((check,)):
                found.append(player_id)
    return tuple(found)

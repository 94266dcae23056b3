"""Everything that is kept about a player: to give it to the player, and to erase it (GDPR, articles 15 and 17)."""

from __future__ import annotations

import msgspec

from lobby.app.block_service import BlockService
from lobby.app.command_handler import CommandHandler
from lobby.app.run_service import RunService
from lobby.domain.commands import RemoveMember
from lobby.domain.values import PlayerId
from lobby.runtime.ids import new_id


class PlayerRecords:
    def __init__(self, handler: CommandHandler, run_service: RunService, block_service: BlockService) -> None:
        self._handler = handler
        self._store = handler.store
        self._run_service = run_service
        self._block_service = block_service

    async def export(self, player_id: PlayerId) -> str:
        """Everything that is stored with the id of the player, as JSON: an object with a list for each kind of thing.

        Raises `Unavailable`.
        """
        rows = await self._store.player_data(player_id)
        return msgspec.json.encode({"player_id": player_id, **rows}).decode()

    async def erase(self, player_id: PlayerId) -> None:
        """Take the player out of the party and out of everything that is stored. To do it twice does no harm.

        Nothing is kept that leads from the stand-in back to the player. Raises `Unavailable`, `Conflict`.
        """
        stand_in = new_id()
        party_id = await self._store.party_of_player(player_id)
        if party_id is not None:
            await self._handler.execute(party_id, RemoveMember(player_id, self._handler.clock.now()))
        await self._run_service.erase_player(player_id)
        await self._block_service.erase_player(player_id)
        await self._store.drop_inbox(player_id)
        await self._store.unlink_identities(player_id)
        await self._store.moderation.erase(player_id, stand_in)
        await self._store.erase_player(player_id, stand_in)

"""Holds free seats for players on waiting lists who are connected to their inboxes, and ends the waits of those who are gone.

The rules are in `lobby.domain.rules.waiting`.
"""

from __future__ import annotations

from contextlib import suppress

from lobby.app.command_handler import CommandHandler
from lobby.app.idempotency import CommandResult
from lobby.app.join_proposals import next_on_list
from lobby.domain.commands import CheckWaiting, OfferSeats
from lobby.domain.model import Party
from lobby.domain.rules.waiting import has_seat_to_offer
from lobby.domain.values import Instant, PlayerId
from lobby.ports import PlayerConnections, Unavailable


class SeatOffers:
    """`DeadlineLoop` calls `offer` while a party has a seat to offer, and `check` when a check is due. With `on_connected`
    a player who connects does not wait for the check."""

    def __init__(self, handler: CommandHandler, connections: PlayerConnections) -> None:
        self._handler = handler
        self._connections = connections

    async def offer(self, party: Party) -> None:
        """Hold the free seats of `party` for the first players on its waiting list who are connected. May raise `Unavailable`.

        One seat after the other: a block between two of these players keeps one of them out.
        """
        while has_seat_to_offer(party):
            connected = await next_on_list(party, self._handler.store, self._connections)
            outcome = await self._handler.execute(party.id, OfferSeats(connected[:1])) if connected else None
            if not isinstance(outcome, CommandResult) or outcome.party.version == party.version:
                return
            party = outcome.party

    async def check(self, party: Party, up_since: Instant) -> None:
        """End the waits of players who have not been connected for long. `up_since`: as of `DeadlineLoop`. May raise
        `Unavailable`."""
        now = self._handler.clock.now()
        due = [waiting.player.id for waiting in party.waiting if waiting.check_at <= now]
        if due:
            connected = [player_id for player_id in due if await self._connections.is_connected_to_inbox(player_id)]
            await self._handler.execute(party.id, CheckWaiting(tuple(connected), up_since))

    async def on_connected(self, player_id: PlayerId) -> None:
        """The player has connected to the inbox, and may be on the waiting list of a party with a free seat. Never raises:
        `DeadlineLoop` offers the seat, too."""
        store = self._handler.store
        with suppress(Unavailable):
            party_id = await store.party_of_player(player_id)
            party = await store.party(party_id) if party_id is not None else None
            if party is not None and party.waiting_player(player_id) is not None:
                await self.offer(party)

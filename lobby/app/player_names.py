"""The names of players whom a command names by id only.

The server keeps no list of players: credentials carry the name. So it knows the names of players who have a part in a party.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lobby.auth.caller import is_open_guest, open_guest, public_id
from lobby.domain.identities import unnamed
from lobby.domain.model import Party, Player
from lobby.domain.rejections import NOT_FOUND
from lobby.domain.values import PlayerId
from lobby.domain.viewer_access import can_see
from lobby.ports import Store
from lobby.struct import replace

ERASED = replace(NOT_FOUND, message="There is no such player.", field="player_id")
"""The rejection of a command that names an erased player: it would store the id again."""


class PlayerNames:
    def __init__(self, store: Store, is_erased: Callable[[PlayerId], bool] = lambda player_id: False) -> None:
        self._store = store
        self.is_erased = is_erased

    async def find(self, player_id: PlayerId, viewer_id: PlayerId) -> Player:
        """The player with the name, if a party that `viewer_id` may see has it: the party of the viewer, or that of the player.

        An open guest has its own id as the name. Others are "Player" and the end of the id, so that the answer does not show who
        is in a private party.

        Raises `Unavailable`.
        """
        for owner_id in (viewer_id, player_id):
            party_id = await self._store.party_of_player(owner_id)
            party = await self._store.latest(party_id) if party_id is not None else None
            if party is not None and can_see(party, viewer_id):
                found = next((player for player in _players_of(party) if player.id == player_id), None)
                if found is not None:
                    return found
        return _named_by_id(player_id)


def _named_by_id(player_id: PlayerId) -> Player:
    guest = open_guest("player_id", public_id(player_id)) if is_open_guest(player_id) else None
    return guest if isinstance(guest, Player) else unnamed(player_id)


def _players_of(party: Party) -> Iterator[Player]:
    """All players whose names the party has, the present ones first."""
    yield from (member.player for member in party.members)
    yield from (held.player for held in party.reservations)
    yield from (Player(left.player_id, left.display_name) for left in party.departures if left.display_name)
    if party.latest_session is not None:
        yield from (seat.player for seat in party.latest_session.seats)

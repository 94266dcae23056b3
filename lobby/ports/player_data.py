"""The part of a store that knows everything that is kept about one player: to read it, and to erase it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lobby.domain.values import PlayerId

PlayerRows = Mapping[str, Sequence[Any]]
"""Everything that has the id of a player, as values of JSON, by the kind of thing."""


class PlayerData(Protocol):
    """Both calls look at everything that is stored: they take about a second for each GB. They may raise `Unavailable`."""

    async def player_data(self, player_id: PlayerId) -> PlayerRows:
        """Everything that is stored with the id of the player."""

    async def erase_player(self, player_id: PlayerId, stand_in: PlayerId) -> None:
        """Put the id `stand_in`, without a name, in place of the player, and remove what the player has written: messages,
        attributes, records, credentials. What is kept for the player alone is deleted. Durable on return.

        The player must be in no party. Commits wait for the erasure.
        """

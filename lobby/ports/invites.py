"""The part of a store that finds the invites of a player. The invites themselves are part of their parties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lobby.domain.values import PartyId, PlayerId

INVITES_LISTED_MAX = 32
"""Invites of one player that are listed, the latest ones. A player who has more pending invites is flooded with them."""


class Invites(Protocol):
    """Which parties have invited a player."""

    async def parties_inviting(self, player_id: PlayerId) -> Sequence[PartyId]:
        """Up to `INVITES_LISTED_MAX` parties that may have a pending invite for this player, those whose invites end last.

        Each party itself says whether it has one. May raise `Unavailable`.
        """

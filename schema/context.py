"""What a field may ask of the operation that it is part of. Few do: a field that takes `info` depends on who asks."""

from __future__ import annotations

from typing import Protocol

import strawberry

from lobby.auth.tickets import Ticket
from lobby.domain.values import PartyId, SessionId


class Viewer(Protocol):
    """The part of the resolvers' context that fields see."""

    async def ticket(self, party_id: PartyId, session_id: SessionId | None) -> Ticket | None:
        """The caller's own fresh ticket into that session while it runs with the caller inside."""


Info = strawberry.Info[Viewer, None]

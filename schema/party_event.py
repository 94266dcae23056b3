"""The fields that all events and frames of the stream of a party have in common."""

from __future__ import annotations

from typing import Any

import strawberry

from lobby.domain import cursor, model
from lobby.domain.viewer_access import AccessLevel
from lobby.live import frames
from schema.party import Member, Party
from schema.scalars_and_enums import (
    Cursor,
    DateTime,
    Info,
    described,
)
from schema.session import Session, SessionTicket


@strawberry.interface(
    description=(
        "One entry of a party's log, or a frame about the stream itself (PartySnapshot, Heartbeat, Announcement, Removed). "
        "Within one subscription `seq` never falls and no log entry is left out. Skip an entry whose `seq` is not greater than "
        "that of the last one applied; never skip a frame about the stream. Resume from the cursor of the last entry or snapshot "
        "applied."
    )
)
class PartyEvent:
    source: strawberry.Private[model.Party]
    access_level: strawberry.Private[AccessLevel]
    event: strawberry.Private[Any]
    """The event of the domain, or the frame."""
    at: DateTime
    actor_id: strawberry.ID | None = strawberry.field(
        description="The player who caused the event; null if the server caused it."
    )

    @strawberry.field
    def seq(self) -> int:
        return self.source.version

    @strawberry.field
    def cursor(self) -> Cursor:
        return Cursor(str(cursor.Cursor.of(self.source)))

    @strawberry.field
    def party_id(self) -> strawberry.ID:
        return strawberry.ID(self.source.id)

    @described("The party after this event.")
    def party(self) -> Party:
        return self._party

    @property
    def position(self) -> str | None:
        """The cursor to resume from after this event; None for heartbeats, which may be ahead of their follower."""
        can_resume = not isinstance(self.event, frames.Heartbeat | frames.Announcement | frames.Removed)
        return str(cursor.Cursor.of(self.source)) if can_resume else None

    @property
    def _party(self) -> Party:
        return Party(source=self.source, access_level=self.access_level)

    def _member(self, player_id: str) -> Member:
        member = self.source.member(player_id)
        assert member is not None, "after an event about a member, the member is in the party"
        return self._party.member(member)

    def _session(self) -> Session:
        session = self.source.latest_session
        assert session is not None, "after an event about a session, the party has a session"
        return self._party.session_of(session)

    async def _ticket(self, info: Info) -> SessionTicket | None:
        session = self.source.session
        return SessionTicket.of(await info.context.ticket(self.source.id, session.id if session else None))

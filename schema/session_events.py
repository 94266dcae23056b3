"""The events of the stream of a party that are about its session, from the countdown on. See `schema/events.py`."""

from __future__ import annotations

import strawberry

from schema.party_event import PartyEvent
from schema.player import Player
from schema.scalars_and_enums import (
    CancelReason,
    DateTime,
    HostChangeReason,
    Info,
    described,
)
from schema.session import Session, SessionHost, SessionTicket


@strawberry.type
class CountdownStarted(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()

    @strawberry.field
    def starts_at(self) -> DateTime:
        return DateTime(self.event.starts_at)


@strawberry.type
class CountdownCancelled(PartyEvent):
    @strawberry.field
    def cancel_reason(self) -> CancelReason:
        reason: CancelReason = self.event.reason
        return reason


@strawberry.type
class SessionStarted(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()

    @described(
        "The subscriber's own ticket, newly issued also when the event is replayed; null if the subscriber is not in the "
        "session, a new host is being found, or the session has ended."
    )
    async def ticket(self, info: Info) -> SessionTicket | None:
        return await self._ticket(info)


@strawberry.type(
    description=(
        "Floor, endpoint, attributes, the players inside, those who arrived or those who loaded changed, a checkpoint was saved, "
        "or the game server called."
    )
)
class SessionUpdated(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()


@strawberry.type(
    description=(
        "Play begins at `goAt`. The players in `missing` enter later. Comes once in a session, if its party sets "
        "`loadWaitSeconds`."
    )
)
class SessionGo(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()

    @described("One second after the event.")
    def go_at(self) -> DateTime:
        return DateTime(self.event.go_at)

    @described("The players in the session whose game has not loaded.")
    def missing(self) -> list[Player]:
        return [Player.of(player) for player in self.event.missing]


@strawberry.type(
    description=(
        "The host, or the player who was asked to host, is gone, and the session has no endpoint. `candidate` has until "
        "`reportBy` to report one with `updateSession`. Comes again for each further candidate; when all have been asked, the "
        "session ends as ABANDONED."
    )
)
class HostLost(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()

    @described("The last host, or the last candidate.")
    def previous(self) -> Player:
        return Player.of(self.event.previous)

    @described("Null while the players who have not been asked are all disconnected: the first who connects is asked.")
    def candidate(self) -> Player | None:
        return Player.of(self.event.candidate) if self.event.candidate is not None else None

    @strawberry.field
    def host_reason(self) -> HostChangeReason:
        reason: HostChangeReason = self.event.reason
        return reason

    @described("15 s after this event, unless set; null without a candidate.")
    def report_by(self) -> DateTime | None:
        return DateTime(self.event.report_by) if self.event.report_by is not None else None

    @described("The term of the next host, with which `candidate` reports its endpoint.")
    def host_term(self) -> int:
        term: int = self.event.term
        return term


@strawberry.type(description="A new host, its endpoint (`session.endpoint`), and the subscriber's own fresh ticket.")
class HostChanged(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()

    @strawberry.field
    def host(self) -> SessionHost:
        session = self.source.session
        assert session is not None, "after a change of its host, the session goes on"
        assert session.host is not None, "after a change of host, the session has a host"
        return SessionHost(source=session.host)

    @described(
        "The subscriber's own ticket, newly issued also when the event is replayed; null if the subscriber is not in the "
        "session, a new host is being found, or the session has ended."
    )
    async def ticket(self, info: Info) -> SessionTicket | None:
        return await self._ticket(info)


@strawberry.type
class SessionEnded(PartyEvent):
    @strawberry.field
    def session(self) -> Session:
        return self._session()

"""Parties as one viewer sees them."""

from __future__ import annotations

import strawberry

from lobby.domain import cursor, model
from lobby.domain.standing import Standing, standing
from lobby.domain.values import PlayerId
from schema.attribute import Attribute
from schema.described import described
from schema.enums import PartyState
from schema.member import Member
from schema.party_settings import PartySettings
from schema.scalars import Cursor, DateTime
from schema.session import Session


@strawberry.type
class Party:
    """What is shown hangs on `standing` alone, never on who asks: so all who stand alike can share one answer."""

    seen: strawberry.Private[model.Party]
    standing: strawberry.Private[Standing]

    @classmethod
    def of(cls, party: model.Party, viewer: PlayerId | None) -> Party:
        return cls(seen=party, standing=standing(party, viewer))

    @property
    def made_of(self) -> tuple[object, ...]:
        return self.seen, self.standing

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.seen.id)

    @described("The sequence number of the last event applied to this value; it rises by one with every event.")
    def version(self) -> int:
        return self.seen.version

    @described("Resume `partyEvents` from exactly here.")
    def cursor(self) -> Cursor:
        return Cursor(str(cursor.Cursor(self.seen.epoch, self.seen.version)))

    @strawberry.field
    def state(self) -> PartyState:
        return self.seen.state

    @strawberry.field
    def settings(self) -> PartySettings:
        return PartySettings(seen=self.seen.settings)

    @strawberry.field
    def leader(self) -> Member | None:
        leader = self.seen.leader
        return self.member(leader) if leader is not None else None

    @described("In the order in which they joined.")
    def members(self) -> list[Member]:
        return [self.member(member) for member in self.seen.members]

    @strawberry.field
    def member_count(self) -> int:
        return len(self.seen.members)

    @strawberry.field
    def free_seats(self) -> int:
        return self.seen.free_seats

    @described("6 characters of 23456789BCDFGHJKMNPQRSTVWXYZ. Null to anyone who is not a member.")
    def join_code(self) -> str | None:
        return self.seen.join_code if self.standing.sees_join_code else None

    @described("Public properties, at most 20. Seen by everyone who sees the party.")
    def attributes(self) -> list[Attribute]:
        return Attribute.all_of(self.seen.attributes)

    @described("The session that is being started or runs, or else the last one that ended.")
    def session(self) -> Session | None:
        session = self.seen.shown_session
        return self.session_of(session) if session is not None else None

    @described("When the countdown ends; null unless STARTING.")
    def starts_at(self) -> DateTime | None:
        return DateTime(self.seen.starts_at) if self.seen.starts_at is not None else None

    @strawberry.field
    def created_at(self) -> DateTime:
        return DateTime(self.seen.created_at)

    def member(self, member: model.Member) -> Member:
        return Member.of(member, self.seen, self.standing)

    def session_of(self, session: model.Session) -> Session:
        return Session(seen=session, party_seen=self.seen, standing=self.standing)

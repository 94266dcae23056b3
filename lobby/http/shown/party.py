"""Parties."""

from __future__ import annotations

from pydantic import Field

from lobby.auth.open_guests import as_given
from lobby.domain import model
from lobby.domain.cursor import Cursor
from lobby.domain.standing import Standing, standing
from lobby.domain.values import PlayerId
from lobby.http.shown.member import Member
from lobby.http.shown.player import Attribute
from lobby.http.shown.session import Session
from lobby.http.shown.settings import Settings
from lobby.http.shown.shape import Shape, time, time_or_none, word


class Party(Shape):
    """Up to eight players who stay together across runs."""

    party_id: str
    players: list[str] = Field(description="The ids of the members, in the order in which they joined.")
    session_id: str | None = Field(description="The session that is being started or runs.")
    state: str = Field(description="waiting, starting, in_progress or closed.")
    leader_id: str | None
    join_code: str | None = Field(description="Seen by members only.")
    free_seats: int
    settings: Settings
    members: list[Member]
    attributes: list[Attribute]
    session: Session | None = Field(description="That session, or else the last one that ended.")
    starts_at: str | None = Field(description="When the countdown ends; null unless starting.")
    created_at: str
    version: int = Field(description="The sequence number of the last event applied; it rises by one with every event.")
    cursor: str = Field(description="Follow `/updates` from exactly here: give it as `after`.")

    @classmethod
    def seen_by(cls, viewer: PlayerId | None, party: model.Party) -> Party:
        return cls.of(party, standing(party, viewer))

    @classmethod
    def of(cls, party: model.Party, standing: Standing) -> Party:
        shown = party.shown_session
        return cls(
            party_id=party.id,
            players=[as_given(member.player.id) for member in party.members],
            session_id=party.session.id if party.session is not None else None,
            state=word(party.state),
            leader_id=as_given(party.leader_id) if party.leader_id is not None else None,
            join_code=party.join_code if standing.sees_join_code else None,
            free_seats=party.free_seats,
            settings=Settings.of(party.settings),
            members=[Member.of(member, party, standing) for member in party.members],
            attributes=Attribute.all_of(party.attributes),
            session=Session.of(shown, standing) if shown is not None else None,
            starts_at=time_or_none(party.starts_at),
            created_at=time(party.created_at),
            version=party.version,
            cursor=str(Cursor(party.epoch, party.version)),
        )

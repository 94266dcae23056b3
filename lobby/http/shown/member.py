"""Members of a party."""

from __future__ import annotations

from pydantic import Field

from lobby.auth.open_guests import as_given
from lobby.domain import model
from lobby.domain.standing import Standing
from lobby.http.shown.player import Attribute
from lobby.http.shown.shape import Shape, time, time_or_none, word


class Member(Shape):
    player_id: str
    display_name: str
    is_leader: bool
    character_class: str | None
    ready: bool
    connection: str = Field(description="connected, or disconnected until `remove_at`.")
    remove_at: str | None = Field(description="When a disconnected member loses the seat.")
    joined_at: str
    late_join: bool = Field(description="Joined while a session was running.")
    attributes: list[Attribute] = Field(description="Seen by members only.")

    @classmethod
    def of(cls, member: model.Member, party: model.Party, standing: Standing) -> Member:
        return cls(
            player_id=as_given(member.player.id),
            display_name=member.player.display_name,
            is_leader=member.player.id == party.leader_id,
            character_class=member.character_class,
            ready=party.is_ready(member),
            connection=word(member.connection),
            remove_at=time_or_none(member.remove_at),
            joined_at=time(member.joined_at),
            late_join=member.late_join,
            attributes=Attribute.all_of(member.attributes) if standing.sees_attributes else [],
        )

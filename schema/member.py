"""A party's members as one viewer sees them."""

from __future__ import annotations

import strawberry

from lobby.domain import model
from lobby.domain.standing import Standing
from schema.attribute import Attribute
from schema.described import described
from schema.enums import Connection
from schema.player import Player
from schema.scalars import DateTime


@strawberry.type
class Member:
    """Of the party it holds no more than is shown: so it looks the same for as long as that does, whatever the others do."""

    seen: strawberry.Private[model.Member]
    leads: strawberry.Private[bool]
    got_ready: strawberry.Private[bool]
    standing: strawberry.Private[Standing]

    @classmethod
    def of(cls, member: model.Member, party: model.Party, standing: Standing) -> Member:
        leads = member.player.id == party.leader_id
        return cls(seen=member, leads=leads, got_ready=party.is_ready(member), standing=standing)

    @property
    def made_of(self) -> tuple[object, ...]:
        return self.seen, self.leads, self.got_ready, self.standing

    @strawberry.field
    def player(self) -> Player:
        return Player.of(self.seen.player)

    @strawberry.field
    def is_leader(self) -> bool:
        return self.leads

    @described("The dungeon class the player chose, such as Knight; null until chosen.")
    def character_class(self) -> str | None:
        return self.seen.character_class

    @described("True only for the settings version that the player saw when getting ready.")
    def ready(self) -> bool:
        return self.got_ready

    @strawberry.field
    def connection(self) -> Connection:
        return self.seen.connection

    @described("When a DISCONNECTED member loses the seat; null while CONNECTED.")
    def remove_at(self) -> DateTime | None:
        return DateTime(self.seen.remove_at) if self.seen.remove_at is not None else None

    @strawberry.field
    def joined_at(self) -> DateTime:
        return DateTime(self.seen.joined_at)

    @described("Joined while a session was running.")
    def late_join(self) -> bool:
        return self.seen.late_join

    @described("At most 10. Seen by members only.")
    def attributes(self) -> list[Attribute]:
        return Attribute.all_of(self.seen.attributes) if self.standing.sees_attributes else []

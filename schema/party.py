"""A party and its members, as a caller with a given access level sees them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import UNSET

from lobby.domain import cursor, model
from lobby.domain.sizes import attribute_chars, attributes_of
from lobby.domain.values import PlayerId
from lobby.domain.viewer_access import AccessLevel, access_level
from schema.player import Attribute, Player
from schema.scalars_and_enums import (
    Connection,
    Cursor,
    DateTime,
    Info,
    InviteState,
    PartyState,
    ReservationReason,
    described,
)
from schema.search import Search
from schema.session import Session
from schema.settings import PartySettings

if TYPE_CHECKING:
    from schema.results import Rejection


@strawberry.type
class Party:
    """The values depend on `access_level` alone, never on the caller, so that one response serves all callers of a level.

    REST and `/updates` send the same fields, derived from this class (`web/views.py`), in the order that they
    have here. So a field that is private here is private there too.
    """

    source: strawberry.Private[model.Party]
    access_level: strawberry.Private[AccessLevel]

    @classmethod
    def of(cls, party: model.Party, viewer: PlayerId | None) -> Party:
        return cls(source=party, access_level=access_level(party, viewer))

    @property
    def cache_key(self) -> Hashable:
        return id(self.source), id(self.access_level)

    @property
    def cache_bytes(self) -> int:
        return attribute_chars(attributes_of(self.source))

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.source.id)

    @strawberry.field
    def state(self) -> PartyState:
        return self.source.state

    @strawberry.field
    def leader(self) -> Member | None:
        leader = self.source.leader
        return self.member(leader) if leader is not None else None

    @described("6 characters of 23456789BCDFGHJKMNPQRSTVWXYZ. Null to anyone who is not a member.")
    def join_code(self) -> str | None:
        return self.source.join_code if self.access_level.sees_join_code else None

    @described("The key of the enterParty that created it; null for other parties. Null to anyone who is not a member.")
    def external_key(self) -> str | None:
        return self.source.external_key if self.access_level.sees_join_code else None

    @described(
        "A link by which others join: a page that opens the game with the join code. Seen by members only. Null unless the "
        "operator has set `LOBBY_JOIN_URL`."
    )
    def join_url(self, info: Info) -> str | None:
        return info.context.join_url(self.source) if self.access_level.sees_join_code else None

    @described(
        "The region whose largest ping among the members is the smallest; of equal ones the first by name. Regions that more "
        "members have told come first. Null until a member has told its pings."
    )
    def region(self) -> str | None:
        return self.source.region

    @described(
        "The rejection that `joinParty` by id would give to the caller as things stand; null if the caller would get a seat or "
        "has one. A party with a password answers WRONG_PASSWORD, which counts as no attempt. The answer for a stranger is that "
        "for a new player. `characterClass` and `clientVersion` are those of the join."
    )
    async def join_verdict(
        self, info: Info, character_class: str | None = UNSET, client_version: str | None = UNSET
    ) -> Annotated[Rejection, strawberry.lazy("schema.results")] | None:
        return await info.context.join_verdict(self.source, character_class, client_version)

    @strawberry.field
    def member_count(self) -> int:
        return len(self.source.members)

    @strawberry.field
    def free_seats(self) -> int:
        return self.source.free_seats

    @strawberry.field
    def settings(self) -> PartySettings:
        return PartySettings(source=self.source.settings)

    @described("In the order in which they joined.")
    def members(self) -> list[Member]:
        return [Member.of(member, self.source, self.access_level) for member in self.source.members]

    @described("Public properties, at most 20. Seen by everyone who sees the party.")
    def attributes(self) -> list[Attribute]:
        return Attribute.all_of(self.source.attributes)

    @described("The session that is being started or runs, or else the last one that ended.")
    def session(self) -> Session | None:
        session = self.source.latest_session
        return self.session_of(session) if session is not None else None

    @described(
        "Seats that are held for players who are not members. For all other players they count as taken. Seen by members, and by "
        "players who wait for a seat."
    )
    def reservations(self) -> list[Reservation]:
        is_seen = self.access_level.sees_waiting_list
        return [Reservation.of(held) for held in self.source.reservations] if is_seen else []

    @described(
        "Players who wait for a seat, first come first served; at most 16. Seen by members, and by the players who wait."
    )
    def waiting(self) -> list[Player]:
        is_seen = self.access_level.sees_waiting_list
        return [Player.of(waiting.player) for waiting in self.source.waiting] if is_seen else []

    @described("Pending invites, the oldest first, at most 8. Seen by members only.")
    def invites(self) -> list[Invite]:
        pending = self.source.pending_invites if self.access_level.sees_attributes else ()
        return [self.invite(invite) for invite in pending]

    @described("The search for other parties that is live, or else the last one that ended. Seen by members only.")
    def search(self) -> Search | None:
        search = self.source.search
        return self.search_of(search) if search is not None and self.access_level.sees_attributes else None

    @described("When the countdown ends; null unless STARTING.")
    def starts_at(self) -> DateTime | None:
        return DateTime(self.source.starts_at) if self.source.starts_at is not None else None

    @strawberry.field
    def created_at(self) -> DateTime:
        return DateTime(self.source.created_at)

    @described("The sequence number of the last event applied to this value; it rises by one with every event.")
    def version(self) -> int:
        return self.source.version

    @described("Resume `partyEvents` from exactly here.")
    def cursor(self) -> Cursor:
        return Cursor(str(cursor.Cursor.of(self.source)))

    def member(self, member: model.Member) -> Member:
        return Member.of(member, self.source, self.access_level)

    def invite(self, invite: model.Invite) -> Invite:
        return Invite(source=invite, source_party=self.source, access_level=self.access_level)

    def search_of(self, search: model.Search) -> Search:
        return Search(source=search, source_party=self.source, access_level=self.access_level)

    def session_of(self, session: model.Session) -> Session:
        return Session(source=session, source_party=self.source, access_level=self.access_level)


@strawberry.type(
    description="A seat that is held for a player until a time. The player takes it by joining in any way."
)
class Reservation:
    player: Player
    until: DateTime
    character_class: str | None = strawberry.field(
        description="The class that the player gets, unless the player names another."
    )
    team: int | None
    reason: ReservationReason

    @classmethod
    def of(cls, held: model.Reservation) -> Reservation:
        return cls(
            player=Player.of(held.player),
            until=DateTime(held.until),
            character_class=held.character_class,
            team=held.team,
            reason=held.reason,
        )


@strawberry.type(
    description="A player was asked to join. It is pending for 5 minutes, unless set, and no longer than its inviter is a member."
)
class Invite:
    source: strawberry.Private[model.Invite]
    source_party: strawberry.Private[model.Party]
    access_level: strawberry.Private[AccessLevel]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.source.id)

    @described("As the caller may see it: the player who is invited sees what all see of a public party.")
    def party(self) -> Party:
        return Party(source=self.source_party, access_level=self.access_level)

    @described("The member who has invited.", "from")
    def inviter(self) -> Player:
        return Player.of(self.source.inviter)

    @described(
        "The invited player. Where the server does not know the name, it is Player and the last four characters of the id.",
        "to",
    )
    def invitee(self) -> Player:
        return Player.of(self.source.invitee)

    @strawberry.field
    def state(self) -> InviteState:
        return self.source.state

    @strawberry.field
    def created_at(self) -> DateTime:
        return DateTime(self.source.created_at)

    @strawberry.field
    def expires_at(self) -> DateTime:
        return DateTime(self.source.expires_at)


@strawberry.type
class Member:
    """It holds only what it shows of the party, so its cached JSON stays valid while other parts of the party change."""

    source: strawberry.Private[model.Member]
    leads: strawberry.Private[bool]
    is_ready: strawberry.Private[bool]
    access_level: strawberry.Private[AccessLevel]

    @classmethod
    def of(cls, member: model.Member, party: model.Party, access_level: AccessLevel) -> Member:
        leads = member.player.id == party.leader_id
        return cls(source=member, leads=leads, is_ready=party.is_ready(member), access_level=access_level)

    @property
    def cache_key(self) -> Hashable:
        return id(self.source), self.leads, self.is_ready, id(self.access_level)

    @property
    def cache_bytes(self) -> int:
        return attribute_chars((self.source.attributes,))

    @strawberry.field
    def player(self) -> Player:
        return Player.of(self.source.player)

    @strawberry.field
    def is_leader(self) -> bool:
        return self.leads

    @described("The dungeon class the player chose, such as Knight; null until chosen.")
    def character_class(self) -> str | None:
        return self.source.character_class

    @described("True only for the settings version that the player saw when getting ready.")
    def ready(self) -> bool:
        return self.is_ready

    @strawberry.field
    def connection(self) -> Connection:
        return self.source.connection

    @described("When a DISCONNECTED member loses the seat; null while CONNECTED.")
    def remove_at(self) -> DateTime | None:
        return DateTime(self.source.remove_at) if self.source.remove_at is not None else None

    @strawberry.field
    def joined_at(self) -> DateTime:
        return DateTime(self.source.joined_at)

    @described("Joined while a session was running.")
    def late_join(self) -> bool:
        return self.source.late_join

    @described("At most 10. Seen by members only.")
    def attributes(self) -> list[Attribute]:
        return Attribute.all_of(self.source.attributes) if self.access_level.sees_attributes else []

    @described(
        "The version of the game that the member runs; null if the member has not said it. Seen by members only."
    )
    def client_version(self) -> str | None:
        return self.source.client_version if self.access_level.sees_attributes else None

    @described("1 to `PartySettings.teams`; null without teams.")
    def team(self) -> int | None:
        return self.source.team

    @described("True if the member may post no messages: the leader has muted the member.")
    def muted(self) -> bool:
        return self.source.muted

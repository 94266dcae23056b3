"""Sessions as one viewer sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from lobby.auth.tickets import Ticket
from lobby.domain import model
from lobby.domain.standing import Standing
from schema.attribute import Attribute
from schema.described import described
from schema.enums import GameType, SessionStatus
from schema.player import Player
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.party import Party


@strawberry.type(description="Where the game itself runs. Seen by members of the session only.")
class Endpoint:
    address: str | None = strawberry.field(description="Host name or address of a game server; null for a relay.")
    port: int | None
    relay_code: str | None = strawberry.field(
        description="A relay's join code, for games hosted by a player; null for a game server."
    )
    protocol: str = strawberry.field(description="udp, dtls, ws, wss or relay.")

    @classmethod
    def of(cls, endpoint: model.Endpoint) -> Endpoint:
        return cls(
            address=endpoint.address,
            port=endpoint.port,
            relay_code=endpoint.relay_code,
            protocol=endpoint.protocol,
        )


@strawberry.type(
    description=(
        "A player's own pass into one session: a signed JWT, bound to the player, single use, short-lived. "
        "Ask again to have it re-issued."
    )
)
class SessionTicket:
    token: str
    expires_at: DateTime

    @classmethod
    def of(cls, ticket: Ticket | None) -> SessionTicket | None:
        return cls(token=ticket.token, expires_at=DateTime(ticket.expires_at)) if ticket is not None else None


@strawberry.type
class Session:
    seen: strawberry.Private[model.Session]
    party_seen: strawberry.Private[model.Party]
    standing: strawberry.Private[Standing]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.seen.id)

    @strawberry.field
    def status(self) -> SessionStatus:
        return self.seen.status

    @strawberry.field
    def party(self) -> Annotated[Party, strawberry.lazy("schema.party")]:
        from schema.party import Party

        return Party(seen=self.party_seen, standing=self.standing)

    @described("Those in the session, in the order in which they entered.")
    def players(self) -> list[Player]:
        return [Player.of(player) for player in self.seen.players]

    @described("Those of the players whom the game server has let in: it has spent a ticket of theirs, or says so.")
    def arrived(self) -> list[Player]:
        return [Player.of(player) for player in self.seen.players if player.id in self.seen.arrived]

    @strawberry.field
    def game_type(self) -> GameType:
        return self.seen.game_type

    @strawberry.field
    def difficulty(self) -> str:
        return self.seen.difficulty

    @described("The dungeon floor reached, from 1.")
    def floor(self) -> int:
        return self.seen.floor

    @described("Seen by members of the session only.")
    def endpoint(self) -> Endpoint | None:
        endpoint = self.seen.endpoint
        return Endpoint.of(endpoint) if endpoint is not None and self.standing.sees_endpoint else None

    @described("At most 20.")
    def attributes(self) -> list[Attribute]:
        return Attribute.all_of(self.seen.attributes)

    @described(
        "When the game server that took the session was last heard of, to within a sixth of the silence after which it is "
        "given up (60 s unless set); null where none took it."
    )
    def game_server_seen_at(self) -> DateTime | None:
        return DateTime(self.seen.server_seen_at) if self.seen.server_seen_at is not None else None

    @strawberry.field
    def created_at(self) -> DateTime:
        return DateTime(self.seen.created_at)

    @strawberry.field
    def started_at(self) -> DateTime | None:
        return DateTime(self.seen.started_at) if self.seen.started_at is not None else None

    @strawberry.field
    def ended_at(self) -> DateTime | None:
        return DateTime(self.seen.ended_at) if self.seen.ended_at is not None else None

    @described("What the completing side reported: 1 to 64 characters.")
    def outcome(self) -> str | None:
        return self.seen.outcome

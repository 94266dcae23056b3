"""A session, its endpoint and its tickets, as a caller with a given access level sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import UNSET

from lobby.auth.tickets import Ticket
from lobby.domain import model
from lobby.domain.viewer_access import AccessLevel
from schema.player import Attribute, Player
from schema.scalars_and_enums import DateTime, GameType, Info, SessionStatus, described

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


@strawberry.input
class EndpointInput:
    protocol: str = strawberry.field(description="udp, dtls, ws, wss or relay.")
    address: str | None = strawberry.field(default=UNSET, description="1 to 255 characters; with a port.")
    port: int | None = strawberry.field(default=UNSET, description="1 to 65535.")
    relay_code: str | None = strawberry.field(default=UNSET, description="1 to 255 characters; in place of an address.")


@strawberry.type(
    description=(
        "A player's own pass into one session: a signed JWT, bound to the player, single use, short-lived. "
        "Another request issues a new one."
    )
)
class SessionTicket:
    token: str
    expires_at: DateTime

    @classmethod
    def of(cls, ticket: Ticket | None) -> SessionTicket | None:
        return cls(token=ticket.token, expires_at=DateTime(ticket.expires_at)) if ticket is not None else None


@strawberry.type(description="A player of a session, with the class and team that the player had on entering it.")
class SessionSeat:
    source: strawberry.Private[model.Seat]

    @strawberry.field
    def player(self) -> Player:
        return Player.of(self.source.player)

    @strawberry.field
    def character_class(self) -> str | None:
        return self.source.character_class

    @described("Null without teams.")
    def team(self) -> int | None:
        return self.source.team


@strawberry.type(description="The player whose game the others connect to.")
class SessionHost:
    source: strawberry.Private[model.SessionHost]

    @strawberry.field
    def player(self) -> Player:
        return Player.of(self.source.player)

    @described("1 for the first host of a session. Rises by one with each change of host.")
    def term(self) -> int:
        return self.source.term

    @strawberry.field
    def since(self) -> DateTime:
        return DateTime(self.source.since)


@strawberry.type(description="The player who is asked to host a session whose host is gone.")
class HostCandidate:
    source: strawberry.Private[model.Player]
    term: int = strawberry.field(description="The `hostTerm` to report an endpoint with.")
    report_by: DateTime = strawberry.field(description="After this time another player is asked.")

    @strawberry.field
    def player(self) -> Player:
        return Player.of(self.source)

    @classmethod
    def of(cls, migration: model.HostMigration | None) -> HostCandidate | None:
        if migration is None or migration.candidate is None or migration.report_by is None:
            return None
        return cls(source=migration.candidate, term=migration.term, report_by=DateTime(migration.report_by))


@strawberry.type(description="The saved state of a run, without its data. The query `checkpointData` reads the data.")
class Checkpoint:
    saved_at: DateTime
    bytes: int = strawberry.field(description="The size of the data in UTF-8.")
    floor: int = strawberry.field(description="The floor that the session had reached.")
    label: str | None

    @classmethod
    def of(cls, checkpoint: model.Checkpoint) -> Checkpoint:
        return cls(
            saved_at=DateTime(checkpoint.saved_at),
            bytes=checkpoint.bytes,
            floor=checkpoint.floor,
            label=checkpoint.label,
        )


@strawberry.type
class Session:
    source: strawberry.Private[model.Session]
    source_party: strawberry.Private[model.Party]
    access_level: strawberry.Private[AccessLevel]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.source.id)

    @strawberry.field
    def status(self) -> SessionStatus:
        return self.source.status

    @strawberry.field
    def party(self) -> Annotated[Party, strawberry.lazy("schema.party")]:
        from schema.party import Party

        return Party(source=self.source_party, access_level=self.access_level)

    @described("The players in the session, in the order in which they entered.")
    def players(self) -> list[Player]:
        return [Player.of(player) for player in self.source.players]

    @described("The players whom the game server or the host has let in: it spent a ticket of each, or reported them.")
    def arrived(self) -> list[Player]:
        return [Player.of(player) for player in self.source.players if player.id in self.source.arrived]

    @described(
        "The players in the order in which they entered, with those who have left since; at most 64. Empty before the session "
        "begins."
    )
    def seats(self) -> list[SessionSeat]:
        return [SessionSeat(source=seat) for seat in self.source.seats]

    @described(
        "A whole number of 63 bits in decimal, the same for all players of the session from the countdown to the end. Seen by "
        "members of the session only."
    )
    def seed(self) -> str | None:
        return str(self.source.seed) if self.source.seed is not None and self.access_level.sees_endpoint else None

    @described("The players whose game has loaded.")
    def loaded(self) -> list[Player]:
        return [Player.of(player) for player in self.source.players if player.id in self.source.loaded]

    @described(
        "When play begins for all at once; null until it is known. If `loadWaitSeconds` is 0, it is `startedAt`."
    )
    def go_at(self) -> DateTime | None:
        return DateTime(self.source.play_at) if self.source.play_at is not None else None

    @described(
        "A JWT about the session after its end, signed with a key of /.well-known/jwks.json, which backends verify offline. Seen "
        "by players who were in the session. docs/game-servers.md lists its claims."
    )
    async def receipt(self, info: Info) -> str | None:
        return await info.context.receipt(self.source_party, self.source)

    @described(
        "The player whose game the others connect to; in an ended session the last host. Null if a game server runs the "
        "session, and while a new host is being found."
    )
    def host(self) -> SessionHost | None:
        return SessionHost(source=self.source.host) if self.source.host is not None else None

    @described("The player who is asked to host, while a new host is being found; null while no player can be asked.")
    def host_candidate(self) -> HostCandidate | None:
        return HostCandidate.of(self.source.migration)

    @strawberry.field
    def game_type(self) -> GameType:
        return self.source.game_type

    @strawberry.field
    def difficulty(self) -> str:
        return self.source.difficulty

    @described("The dungeon floor reached, from 1.")
    def floor(self) -> int:
        return self.source.floor

    @described(
        "The latest checkpoint. A session that continues a run has the checkpoint of that run until it saves its own. Seen "
        "by members only."
    )
    def checkpoint(self) -> Checkpoint | None:
        checkpoint = self.source.checkpoint
        return Checkpoint.of(checkpoint) if checkpoint is not None and self.access_level.sees_attributes else None

    @described("Seen by members of the session only.")
    def endpoint(self) -> Endpoint | None:
        endpoint = self.source.endpoint
        return Endpoint.of(endpoint) if endpoint is not None and self.access_level.sees_endpoint else None

    @described("At most 20.")
    def attributes(self) -> list[Attribute]:
        return Attribute.all_of(self.source.attributes)

    @described(
        "When the game server of this session last called, to within a sixth of the silence after which the session is "
        "abandoned (60 s unless set); null if no game server has taken the session."
    )
    def game_server_seen_at(self) -> DateTime | None:
        return DateTime(self.source.server_seen_at) if self.source.server_seen_at is not None else None

    @strawberry.field
    def created_at(self) -> DateTime:
        return DateTime(self.source.created_at)

    @strawberry.field
    def started_at(self) -> DateTime | None:
        return DateTime(self.source.started_at) if self.source.started_at is not None else None

    @strawberry.field
    def ended_at(self) -> DateTime | None:
        return DateTime(self.source.ended_at) if self.source.ended_at is not None else None

    @described("What the completing side reported: 1 to 64 characters.")
    def outcome(self) -> str | None:
        return self.source.outcome

"""Sessions, and what leads a player into one."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lobby.auth.open_guests import as_given
from lobby.auth.tickets import Ticket as IssuedTicket
from lobby.domain import model
from lobby.domain.standing import Standing
from lobby.http.shown.player import Attribute, Player
from lobby.http.shown.shape import (
    PARTY_ID_EXAMPLE,
    SESSION_ID_EXAMPLE,
    TIME_EXAMPLE,
    Shape,
    time,
    time_or_none,
    word,
)


class Endpoint(Shape):
    """Where the game itself runs."""

    address: str | None
    port: int | None
    relay_code: str | None
    protocol: str = Field(description="udp, dtls, ws, wss or relay.")

    @classmethod
    def of(cls, endpoint: model.Endpoint) -> Endpoint:
        return cls(
            address=endpoint.address,
            port=endpoint.port,
            relay_code=endpoint.relay_code,
            protocol=endpoint.protocol,
        )


class Ticket(Shape):
    """The caller's own pass into a session that runs: a signed JWT, single use, short-lived."""

    token: str
    expires_at: str = Field(examples=[TIME_EXAMPLE])

    @classmethod
    def of(cls, ticket: IssuedTicket | None) -> Ticket | None:
        return cls(token=ticket.token, expires_at=time(ticket.expires_at)) if ticket is not None else None


class Session(Shape):
    """One dungeon run started from a party."""

    session_id: str = Field(examples=[SESSION_ID_EXAMPLE])
    party_id: str = Field(examples=[PARTY_ID_EXAMPLE])
    status: str = Field(description="waiting, in_progress, complete or abandoned.", examples=["in_progress"])
    party: list[str] = Field(description="The ids of the players in the session.", examples=[["alice", "bob"]])
    players: list[Player] = Field(description="The same players with their names, in the order in which they entered.")
    arrived: list[str] = Field(description="The ids of those whom the game server has let in.", examples=[["alice"]])
    game_type: str = Field(examples=["coop"])
    difficulty: str = Field(examples=["Easy"])
    floor: int = Field(description="The dungeon floor reached, from 1.", examples=[1])
    endpoint: Endpoint | None = Field(description="Seen by those in the session only.")
    attributes: list[Attribute]
    created_at: str = Field(examples=[TIME_EXAMPLE])
    started_at: str | None = Field(examples=[TIME_EXAMPLE])
    ended_at: str | None = Field(examples=[None])
    outcome: str | None = Field(description="What the completing side reported.", examples=[None])

    @classmethod
    def of(cls, session: model.Session, standing: Standing) -> Session:
        return cls(**cls.facts(session, standing))

    @staticmethod
    def facts(session: model.Session, standing: Standing) -> dict[str, Any]:
        """The fields by their names."""
        endpoint = session.endpoint if standing.sees_endpoint else None
        return {
            "session_id": session.id,
            "party_id": session.party_id,
            "status": word(session.status),
            "party": [as_given(player.id) for player in session.players],
            "players": [Player.of(player) for player in session.players],
            "arrived": [as_given(player.id) for player in session.players if player.id in session.arrived],
            "game_type": word(session.game_type),
            "difficulty": session.difficulty,
            "floor": session.floor,
            "endpoint": Endpoint.of(endpoint) if endpoint is not None else None,
            "attributes": Attribute.all_of(session.attributes),
            "created_at": time(session.created_at),
            "started_at": time_or_none(session.started_at),
            "ended_at": time_or_none(session.ended_at),
            "outcome": session.outcome,
        }

"""What requests are answered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lobby.http.shown.party import Party
from lobby.http.shown.session import Session, Ticket
from lobby.http.shown.shape import PARTY_ID_EXAMPLE, SESSION_ID_EXAMPLE, TIME_EXAMPLE, Shape

_SEQ = "The party's version with this change: your own stream has caught up once it has applied it."
_REPLAYED = "True when this is the stored answer to an earlier request with the same Idempotency-Key."


class Changed(Shape):
    """What every change of a party is answered with."""

    party_id: str = Field(examples=[PARTY_ID_EXAMPLE])
    seq: int = Field(description=_SEQ, examples=[1])
    replayed: bool = Field(description=_REPLAYED, examples=[False])
    party: Party


class PartyMade(Changed):
    join_code: str | None = Field(description="Shown to members only.", examples=["K7WQ2D"])


class PartyJoined(Changed):
    status: Literal["joined"] = "joined"
    ticket: Ticket | None = Field(description="Into the running session, where joining led into one.")


class PartyLeft(Changed):
    status: Literal["left"] = "left"


class SessionMade(Changed):
    session_id: str = Field(examples=[SESSION_ID_EXAMPLE])
    status: str = Field(description="As that of the session.", examples=["waiting"])
    starts_at: str | None = Field(description="When the countdown ends.", examples=[TIME_EXAMPLE])
    ticket: Ticket | None = Field(description="Into the session, once it runs.")


class SessionSeen(Session):
    ticket: Ticket | None = Field(description="The caller's own, fresh, while the session runs with the caller inside.")

"""A player's own pass into one session, which a game server checks offline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt

from lobby.auth.credentials import ISSUER, TOKEN_CHARS_MAX
from lobby.auth.ticket_keys import ALGORITHM, TicketKeys
from lobby.domain.model import Party
from lobby.domain.values import Instant, PlayerId, SessionId
from lobby.mint import new_id

TICKET_MS = 60_000
_CLAIMS = ("sub", "session", "jti", "exp")


@dataclass(frozen=True, slots=True)
class Ticket:
    token: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class ShownTicket:
    """What a ticket of ours says. Whether it has expired, or was spent, is for the rules to say."""

    id: str
    player_id: PlayerId
    session_id: SessionId
    expires_at: Instant


class Tickets:
    """Signs tickets, and knows its own."""

    def __init__(self, keys: TicketKeys, ticket_ms: int = TICKET_MS) -> None:
        self._keys = keys
        self._ticket_ms = ticket_ms

    def issue(self, party: Party, player_id: PlayerId, at: Instant) -> Ticket | None:
        """A fresh ticket into the session of `party`; None for who is not inside, and when none is running."""
        session, member = party.session, party.member(player_id)
        if session is None or session.started_at is None or member is None or not session.has(player_id):
            return None
        expires_s = (at + self._ticket_ms) // 1000
        claims = {
            "iss": ISSUER,
            "sub": player_id,
            "party": party.id,
            "session": session.id,
            "class": member.character_class,
            "jti": new_id(),
            "iat": at // 1000,
            "exp": expires_s,
        }
        key = self._keys.signing(at)
        return Ticket(jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.id}), expires_s * 1000)

    def read(self, token: str, at: Instant) -> ShownTicket | None:
        """None for what this lobby did not sign, or with a key that is no longer good."""
        claims = self._claims(token, at) if len(token) <= TOKEN_CHARS_MAX else None
        if claims is None or not all(isinstance(claims[name], str) for name in _CLAIMS[:3]):
            return None
        return ShownTicket(claims["jti"], claims["sub"], claims["session"], int(claims["exp"]) * 1000)

    def key_set(self, at: Instant) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set (RFC 7517, RFC 8037): the one that signs now, the next, and the last."""
        return {"keys": [key.published() for key in self._keys.good(at)]}

    def _claims(self, token: str, at: Instant) -> dict[str, Any] | None:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = next(key for key in self._keys.good(at) if key.id == kid)
            options: Any = {"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False}
            return jwt.decode(token, key.private.public_key(), algorithms=[ALGORITHM], issuer=ISSUER, options=options)
        except (jwt.InvalidTokenError, StopIteration, ValueError):
            return None

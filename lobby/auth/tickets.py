"""A player's own pass into one session, which a game server checks offline."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lobby.auth.credentials import ISSUER
from lobby.auth.secret import Secret
from lobby.domain.model import Party
from lobby.domain.values import Instant, PlayerId
from lobby.mint import new_id

TICKET_MS = 60_000
ALGORITHM = "EdDSA"


@dataclass(frozen=True, slots=True)
class Ticket:
    token: str
    expires_at: Instant


class Tickets:
    """Signs tickets with an Ed25519 key of the server's secret."""

    def __init__(self, secret: Secret, ticket_ms: int = TICKET_MS) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(secret.key("tickets"))
        self._ticket_ms = ticket_ms
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._public = urlsafe_b64encode(raw).rstrip(b"=").decode()
        self._kid = sha256(raw).hexdigest()[:16]

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
        token = jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._kid})
        return Ticket(token, expires_s * 1000)

    def key_set(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set (RFC 7517, RFC 8037)."""
        key = {"kty": "OKP", "crv": "Ed25519", "x": self._public, "kid": self._kid, "use": "sig", "alg": ALGORITHM}
        return {"keys": [key]}

"""Tickets, a player's proof for one session, receipts of sessions, and the keys that sign both. A game server checks a ticket
without asking the lobby, and any backend a receipt.

The keys follow from the secret and the time, so all nodes with one secret have the same keys.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lobby.auth.guest_credentials import ISSUER, TOKEN_CHARS_MAX
from lobby.auth.secret import Secret
from lobby.domain.bounds import HOUR_MS
from lobby.domain.model import Party, Seat, Session
from lobby.domain.values import Instant, PlayerId, SessionId
from lobby.runtime.clock import never_ahead
from lobby.runtime.ids import new_id
from lobby.struct import Struct

TICKET_MS = 60_000
ALGORITHM = "EdDSA"
PERIOD_MS = 30 * 24 * HOUR_MS
CACHE_S = 300
"""How long a game server may cache the key set. A key is published for a whole period before its use, which is far longer."""
_CLAIMS = ("sub", "session", "jti", "exp")


@dataclass(frozen=True, slots=True)
class Ticket:
    token: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class TicketClaims:
    """The content of a ticket that this lobby has signed. The rules check whether it has expired or was used before."""

    id: str
    player_id: PlayerId
    session_id: SessionId
    expires_at: Instant
    host_term: int | None = None
    """The term of the host to whom the player goes; None if no player hosts the session."""


class LogDigest(Struct):
    """SHA-256 over the entries `first` to `last` of a log, both included, in hex.

    An entry is a line with a line feed at its end: the JSON array of seq, time in ms, the id of the acting player or null, the
    kind of the event, and the event as it is stored.
    """

    first: int
    last: int
    sha256: str


class Tickets:
    """Signs tickets, and reads those that this lobby has signed."""

    def __init__(self, keys: TicketKeys, ticket_ms: int = TICKET_MS, ahead_ms: Callable[[], int] = never_ahead) -> None:
        """`ahead_ms`: how far the server's clock is ahead of that of game servers, see `SystemClock.ahead_ms`."""
        self._keys = keys
        self._ticket_ms = ticket_ms
        self._ahead_ms = ahead_ms

    def issue(self, party: Party, player_id: PlayerId, at: Instant) -> Ticket | None:
        """A new ticket for the session of `party`; None unless the session runs with the player in it, and None while a new host
        is being found."""
        session, member = party.session, party.member(player_id)
        if session is None or session.started_at is None or member is None or not session.has_player(player_id):
            return None
        if session.migration is not None:
            return None
        # A session that began before seats were kept has none.
        seat = session.seat(player_id) or Seat(member.player, member.character_class)
        ahead_ms = self._ahead_ms()
        issued_at = at - ahead_ms
        expires_s = (issued_at + self._ticket_ms) // 1000
        claims = {
            "iss": ISSUER,
            "sub": player_id,
            "party": party.id,
            "session": session.id,
            "class": seat.character_class,
            "team": seat.team,
            "seed": str(session.seed) if session.seed is not None else None,
            "host_term": session.host.term if session.host is not None else None,
            "jti": new_id(),
            "iat": issued_at // 1000,
            "exp": expires_s,
        }
        key = self._keys.signing_key(at)
        token = jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.id})
        return Ticket(token, expires_s * 1000 + ahead_ms)

    def sign_receipt(self, session: Session, epoch: str, log: LogDigest, at: Instant) -> str:
        """A receipt: a JWT about a session that has ended, which any backend verifies with the key set.

        It has no expiry, and none of the claims by which a ticket lets a player in. `epoch` is that of the log.
        """
        assert session.ended_at is not None, "a session that runs has no receipt"
        claims = {
            "iss": ISSUER,
            "sub": session.id,
            "iat": (session.ended_at - self._ahead_ms()) // 1000,
            "party": session.party_id,
            "seats": [
                {"player": seat.player.id, "class": seat.character_class, "team": seat.team} for seat in session.seats
            ],
            "seed": str(session.seed) if session.seed is not None else None,
            "gameType": session.game_type.value,
            "difficulty": session.difficulty,
            "floor": session.floor,
            "status": session.status.value,
            "outcome": session.outcome,
            "startedAt": _iso_time(session.started_at),
            "endedAt": _iso_time(session.ended_at),
            "attestedBy": session.attested_by.value.lower() if session.attested_by is not None else None,
            "log": {"epoch": epoch, "first": log.first, "last": log.last, "sha256": log.sha256},
        }
        key = self._keys.signing_key(at)
        return jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.id, "typ": "receipt+jwt"})

    def read(self, token: str, at: Instant) -> TicketClaims | None:
        """None for a token that this lobby has not signed, or with a key that is no longer accepted."""
        claims = self._verify(token, at) if len(token) <= TOKEN_CHARS_MAX else None
        if claims is None or not all(isinstance(claims[name], str) for name in _CLAIMS[:3]):
            return None
        expires_at = int(claims["exp"]) * 1000 + self._ahead_ms()
        return TicketClaims(claims["jti"], claims["sub"], claims["session"], expires_at, claims.get("host_term"))

    def key_set(self, at: Instant) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set (RFC 7517, RFC 8037): the current key, the next and the last key."""
        return {"keys": [key.to_jwk() for key in self._keys.accepted(at)]}

    def _verify(self, token: str, at: Instant) -> dict[str, Any] | None:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = next(key for key in self._keys.accepted(at) if key.id == kid)
            options: Any = {"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False}
            return jwt.decode(token, key.private.public_key(), algorithms=[ALGORITHM], issuer=ISSUER, options=options)
        except (jwt.InvalidTokenError, StopIteration, ValueError):
            return None


def _iso_time(at: Instant | None) -> str | None:
    """ISO 8601 in UTC with milliseconds, as the schema writes times."""
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


@dataclass(frozen=True, slots=True)
class TicketKey:
    """An Ed25519 key. `id`, a digest of the public key, names it in a ticket's header."""

    id: str
    private: Ed25519PrivateKey
    x: str
    """The public key, base64url without padding (RFC 8037)."""

    @classmethod
    def from_seed(cls, seed: bytes) -> TicketKey:
        private = Ed25519PrivateKey.from_private_bytes(seed)
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return cls(sha256(raw).hexdigest()[:16], private, urlsafe_b64encode(raw).rstrip(b"=").decode())

    def to_jwk(self) -> dict[str, str]:
        """The public key as a JSON Web Key (RFC 7517)."""
        return {"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.id, "use": "sig", "alg": ALGORITHM}


class TicketKeys:
    """The keys that sign tickets, derived from the secret and the time alone: nodes with one secret have the same keys.

    One key signs for a period. It is published from one period before until one period after. So a game server that caches
    the key set for less than a period has each key before it signs, and a ticket is accepted for at least a period. The
    clocks of nodes may differ by as much.
    """

    def __init__(self, secret: Secret, period_ms: int = PERIOD_MS, previous_secrets: Sequence[Secret] = ()) -> None:
        """Tickets signed with keys of `previous_secrets` are accepted, too."""
        self._secrets = (secret, *previous_secrets)
        self._period_ms = period_ms
        self._cached: dict[int, tuple[TicketKey, ...]] = {}
        """By period, the key of each secret in order."""

    def signing_key(self, at: Instant) -> TicketKey:
        return self._keys_of_period(at // self._period_ms)[0]

    def accepted(self, at: Instant) -> tuple[TicketKey, ...]:
        """All keys that may have signed a ticket: first the current key, then the next and the last key."""
        period = at // self._period_ms
        near = (period, period + 1, period - 1)
        self._cached = {number: keys for number, keys in self._cached.items() if number in near}
        return tuple(key for number in near for key in self._keys_of_period(number))

    def _keys_of_period(self, number: int) -> tuple[TicketKey, ...]:
        if number not in self._cached:
            self._cached[number] = tuple(
                TicketKey.from_seed(secret.key(f"tickets {number}")) for secret in self._secrets
            )
        return self._cached[number]

"""The Ed25519 keys of tickets. They follow from the secret and the time alone: nodes with one secret have the same ones."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lobby.auth.secret import Secret
from lobby.domain.bounds import HOUR_MS
from lobby.domain.values import Instant

ALGORITHM = "EdDSA"
PERIOD_MS = 30 * 24 * HOUR_MS
CACHE_S = 300
"""How long a game server may keep the key set. Far less than a period, for all of which a key is published before its use."""


@dataclass(frozen=True, slots=True)
class TicketKey:
    """`id` names it in a ticket's header; it is a digest of the public half."""

    id: str
    private: Ed25519PrivateKey
    x: str
    """The public half, base64url without padding (RFC 8037)."""

    @classmethod
    def of(cls, seed: bytes) -> TicketKey:
        private = Ed25519PrivateKey.from_private_bytes(seed)
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return cls(sha256(raw).hexdigest()[:16], private, urlsafe_b64encode(raw).rstrip(b"=").decode())

    def published(self) -> dict[str, str]:
        """As a JSON Web Key (RFC 7517)."""
        return {"kty": "OKP", "crv": "Ed25519", "x": self.x, "kid": self.id, "use": "sig", "alg": ALGORITHM}


class TicketKeys:
    """One key signs for a period. It is published from a period before until a period after.

    So whoever keeps the key set for less than a period has each key before it signs, and whoever shows a ticket within a
    period is let in; clocks of nodes may differ by as much. `previous`: secrets that this one took over from.
    """

    def __init__(self, secret: Secret, period_ms: int = PERIOD_MS, previous: Sequence[Secret] = ()) -> None:
        self._secrets = (secret, *previous)
        self._period_ms = period_ms
        self._kept: dict[int, tuple[TicketKey, ...]] = {}
        """By period, that of each secret in order."""

    def signing(self, at: Instant) -> TicketKey:
        return self._of_period(at // self._period_ms)[0]

    def good(self, at: Instant) -> tuple[TicketKey, ...]:
        """All that a ticket may be signed with: the key that signs now first, then the next and the last one."""
        period = at // self._period_ms
        near = (period, period + 1, period - 1)
        self._kept = {number: keys for number, keys in self._kept.items() if number in near}
        return tuple(key for number in near for key in self._of_period(number))

    def _of_period(self, number: int) -> tuple[TicketKey, ...]:
        if number not in self._kept:
            self._kept[number] = tuple(TicketKey.of(secret.key(f"tickets {number}")) for secret in self._secrets)
        return self._kept[number]

"""An issuer whose players are let in, and what its players are called here."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from typing import ClassVar
from urllib.parse import urlsplit

from lobby.domain import text
from lobby.domain.values import PlayerId

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"},
)
"""Asymmetric ones alone: with a shared secret, whoever checks could sign too."""
AUDIENCES_MAX = 20
MARK = "ext:"
"""In front of such players' ids. Guests' are UUIDs and open guests' begin with another mark, so none is like one of these."""
_ID_CHARS = 32


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens count, for whom they must be, and how they are checked. Raises `ValueError` for what can't be."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    """Read by the settings: a misspelt name must not leave a check out."""

    issuer: str
    """As the claim `iss` has it, to the letter."""
    audiences: tuple[str, ...]
    """The claim `aud` must have one of these."""
    jwks_url: str | None = None
    """Where the keys are; None: where OpenID Connect discovery says."""
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    clock_skew_s: float = 30
    """How far the issuer's clock may be from ours."""
    name_claim: str = "name"
    """What to show of the player. Missing, or no text to show: a name made of the id."""
    refresh_s: float = 600
    """Between two looks at the keys while all is well."""
    refresh_min_s: float = 10
    """Between two looks at most, however many tokens name keys that are not known."""
    wait_s: float = 3
    """For one look as a whole. Shorter than a socket may take to say who it is."""

    def __post_init__(self) -> None:
        _check(bool(self.issuer), "issuer: must be given")
        _check(1 <= len(self.audiences) <= AUDIENCES_MAX and all(self.audiences), "audiences: 1 to 20, none empty")
        unknown = set(self.algorithms) - ALGORITHMS
        _check(bool(self.algorithms) and not unknown, f"algorithms: of {', '.join(sorted(ALGORITHMS))}")
        _check(is_safe_url(self.keys_url), "jwks_url, or issuer where there is none: https, or http of this machine")
        _check(0 <= self.clock_skew_s <= 300, "clock_skew_s: 0 to 300")
        times = (self.refresh_s, self.refresh_min_s, self.wait_s)
        _check(all(time_s > 0 for time_s in times), "refresh_s, refresh_min_s, wait_s: more than 0")
        _check(self.wait_s < 5, "wait_s: less than the 5 s that a socket has to say who it is")

    @property
    def keys_url(self) -> str:
        """Of the key set, or of the document that says where it is."""
        return self.jwks_url or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    def player_id(self, subject: str) -> PlayerId:
        """Stable, of 36 characters, and without what the subject may tell of the player (some issuers' are e-mail addresses).

        Whoever knows issuer and subject can find it again: SHA-256 of both with a line feed between, the first 32 hex digits.
        """
        return MARK + sha256(f"{self.issuer}\n{subject}".encode()).hexdigest()[:_ID_CHARS]

    def display_name(self, claim: object, player_id: PlayerId) -> str:
        """As much of the claim as a name holds."""
        if isinstance(claim, str):
            name = text.line("name", claim[: text.DISPLAY_NAME_CHARS_MAX], text.DISPLAY_NAME_CHARS_MAX)
            if isinstance(name, str):
                return name
        return f"Player {player_id[-4:]}"


def is_safe_url(url: str) -> bool:
    """Whether keys may be read from there: nobody on the way can put in their own."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host)))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)

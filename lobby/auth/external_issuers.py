"""External issuers, such as Unity Authentication or any OpenID Connect issuer: their settings, players' ids and public keys.

The keys are read over HTTP and kept up to date. Requests never wait for a read, except for the token of a key that is not known
yet.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from lobby.domain.identities import unnamed
from lobby.domain.text import displayable_name
from lobby.domain.values import PlayerId

if TYPE_CHECKING:
    import httpx

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"},
)
"""Asymmetric algorithms only: with a shared secret, everybody who can verify a token could also sign one."""
AUDIENCES_MAX = 20
MARK = "ext:"
"""The prefix of these players' ids. Guests have UUIDs and open guests another prefix, so the ids can't be equal."""
_ID_CHARS = 32


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer whose tokens are accepted, and how they are verified. Raises `ValueError` for values that are not valid."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    """For the settings: a misspelt name must be an error, or a check would be left out."""

    issuer: str
    """Exactly as in the claim `iss`."""
    audiences: tuple[str, ...]
    """The claim `aud` must contain one of these."""
    jwks_url: str | None = None
    """The URL of the keys; None: it is found by OpenID Connect discovery."""
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    clock_skew_s: float = 30
    """How much the issuer's clock may differ from the server's."""
    name_claim: str = "name"
    """The claim with the display name. If it is missing or can't be displayed, the name is made from the id."""
    refresh_s: float = 600
    """The time between two reads of the keys, as long as they succeed."""
    refresh_min_s: float = 10
    """The shortest time between two reads, however many tokens name unknown keys."""
    wait_s: float = 3
    """The time limit for one read. It is shorter than the time in which a socket must authenticate."""

    def __post_init__(self) -> None:
        _check(bool(self.issuer), "issuer: must be given")
        _check(1 <= len(self.audiences) <= AUDIENCES_MAX and all(self.audiences), "audiences: 1 to 20, none empty")
        unknown = set(self.algorithms) - ALGORITHMS
        _check(bool(self.algorithms) and not unknown, f"algorithms: some of {', '.join(sorted(ALGORITHMS))}")
        _check(is_safe_url(self.keys_url), "jwks_url, or issuer without one: must be https, or http of this machine")
        _check(0 <= self.clock_skew_s <= 300, "clock_skew_s: 0 to 300")
        times = (self.refresh_s, self.refresh_min_s, self.wait_s)
        _check(all(time_s > 0 for time_s in times), "refresh_s, refresh_min_s, wait_s: more than 0")
        _check(self.wait_s < 5, "wait_s: less than the 5 s that a socket has to say who it is")

    @property
    def keys_url(self) -> str:
        """The URL of the key set, or of the discovery document that names it."""
        return self.jwks_url or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    def player_id(self, subject: str) -> PlayerId:
        """The player's id in the lobby: stable, of 36 characters, and without the subject, which may be an e-mail address.

        It can be computed from issuer and subject: the first 32 hex digits of the SHA-256 of both with a line feed between.
        """
        return MARK + sha256(f"{self.issuer}\n{subject}".encode()).hexdigest()[:_ID_CHARS]

    def display_name(self, claim: object, player_id: PlayerId) -> str:
        """The beginning of the claim, as long as a name may be."""
        return displayable_name(claim) or unnamed(player_id).display_name


def is_safe_url(url: str) -> bool:
    """True if keys may be read from this URL: nobody between the issuer and the server can replace them."""
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


def _check(is_valid: bool, message: str) -> None:
    if not is_valid:
        raise ValueError(message)


log = logging.getLogger(__name__)

DOCUMENT_BYTES_MAX = 262_144
"""A key set of a hundred large keys with their certificates fits."""
_REQUEST_HEADERS = {"accept": "application/json", "accept-encoding": "identity"}
"""Without compression, because a small compressed document can be a very large one."""


class IssuerKeys:
    """The latest keys that could be read. While the issuer is unreachable, the former keys stay valid."""

    def __init__(self, issuer: Issuer, client: httpx.AsyncClient, on_withdrawal: Callable[[], None]) -> None:
        """`on_withdrawal` is called when the issuer no longer publishes a key: tokens that it signed are no longer valid."""
        self._issuer = issuer
        self._client = client
        self._on_withdrawal = on_withdrawal
        self._keys: KeySet = {}
        self._refreshing: asyncio.Task[bool] | None = None
        self._refreshed_at: float | None = None
        self.is_reachable = True
        """True if the last read succeeded."""

    def key(self, kid: str) -> PublicKey | None:
        return self._keys.get(kid)

    @property
    def can_refresh(self) -> bool:
        """True if a read is running or may start now, so that an unknown key may be known afterwards."""
        if self._refreshing is not None or self._refreshed_at is None:
            return True
        return asyncio.get_running_loop().time() - self._refreshed_at >= self._issuer.refresh_min_s

    async def refresh(self) -> None:
        """Read the keys once; callers at the same time share one read. Returns within `wait_s`, also if the read fails."""
        await asyncio.shield(self._start_refresh())

    async def keep_fresh(self) -> None:
        """Read the keys at regular intervals until cancelled."""
        while True:
            succeeded = await asyncio.shield(self._start_refresh())
            await asyncio.sleep(self._issuer.refresh_s if succeeded else self._issuer.refresh_min_s)

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])

    def _start_refresh(self) -> asyncio.Task[bool]:
        if self._refreshing is None:
            self._refreshed_at = asyncio.get_running_loop().time()
            self._refreshing = asyncio.create_task(self._refresh(), name="issuer keys")
            self._refreshing.add_done_callback(self._end_refresh)
        return self._refreshing

    def _end_refresh(self, _task: asyncio.Task[bool]) -> None:
        self._refreshing = None

    async def _refresh(self) -> bool:
        """True if the keys could be read."""
        import httpx  # at the first use: it is slow to import, and few servers need it

        try:
            async with asyncio.timeout(self._issuer.wait_s):
                keys = parse_key_set(await self._fetch(await self._find_jwks_url()))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, NoKeySet) as error:
            self._set_reachable(False, f"{type(error).__name__}: {error}"[:200])
            return False
        self._set_reachable(True, f"{len(keys)} keys")
        before, self._keys = self._keys, keys
        if any(kid not in keys or keys[kid].jwk != key.jwk for kid, key in before.items()):
            self._on_withdrawal()
        return True

    async def _find_jwks_url(self) -> str:
        """The configured URL, or the URL in the discovery document (OpenID Connect Discovery 1.0, section 4), which must name the
        configured issuer."""
        if self._issuer.jwks_url is not None:
            return self._issuer.jwks_url
        try:
            document = msgspec.json.decode(await self._fetch(self._issuer.keys_url))
            issuer, url = document["issuer"], document["jwks_uri"]
        except (msgspec.DecodeError, RecursionError, KeyError, TypeError) as error:
            raise NoKeySet("it answered no discovery document") from error
        if issuer != self._issuer.issuer or not isinstance(url, str) or not is_safe_url(url):
            raise NoKeySet("its discovery document is another issuer's, or names no safe URL")
        return url

    async def _fetch(self, url: str) -> bytes:
        document = bytearray()
        async with self._client.stream("GET", url, headers=_REQUEST_HEADERS, follow_redirects=False) as response:
            if response.status_code != HTTPStatus.OK:
                raise NoKeySet(f"it answered {response.status_code}")
            async for chunk in response.aiter_raw():
                document += chunk
                if len(document) > DOCUMENT_BYTES_MAX:
                    raise NoKeySet(f"it answered more than {DOCUMENT_BYTES_MAX} bytes")
        return bytes(document)

    def _set_reachable(self, is_reachable: bool, details: str) -> None:
        """Log each change once."""
        if is_reachable and (not self.is_reachable or not self._keys):
            log.info("read the keys of %s: %s", self._issuer.issuer, details)
        if not is_reachable and self.is_reachable:
            log.warning("can't read the keys of %s, the former ones stay valid: %s", self._issuer.issuer, details)
        self.is_reachable = is_reachable


KEYS_MAX = 100
KID_CHARS_MAX = 256
RSA_BITS_MIN, RSA_BITS_MAX = 2048, 8192
"""Shorter keys are no longer safe (NIST SP 800-131A); longer ones take too long to verify."""

_PARSERS: Mapping[str, type[RSAAlgorithm] | type[ECAlgorithm] | type[OKPAlgorithm]] = {
    "RSA": RSAAlgorithm,
    "EC": ECAlgorithm,
    "OKP": OKPAlgorithm,
}
_RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_ALGORITHM_BY_CURVE = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key and the algorithms that it may be used with: a token can't choose another one."""

    key: RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
    algorithms: frozenset[str]
    jwk: str
    """The key as it was published, to notice a change."""


KeySet = Mapping[str, PublicKey]
"""The public keys by their `kid`."""


class NoKeySet(Exception):
    """The document is no key set, or contains no usable key."""


def parse_key_set(document: bytes) -> KeySet:
    """The keys of a JSON Web Key Set (RFC 7517) that can verify a signature; others are left out. Raises `NoKeySet`."""
    try:
        listed = msgspec.json.decode(document)["keys"]
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError) as error:
        raise NoKeySet("it answered no JSON Web Key Set") from error
    keys: dict[str, PublicKey] = {}
    for jwk in listed[:KEYS_MAX] if isinstance(listed, list) else ():
        kid, key = _parse_key(jwk) if isinstance(jwk, dict) else (None, None)
        if kid is not None and key is not None:
            keys.setdefault(kid, key)
    if not keys:
        raise NoKeySet("its key set has no key that can be used")
    return keys


def _parse_key(jwk: dict[str, Any]) -> tuple[str | None, PublicKey | None]:
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not 1 <= len(kid) <= KID_CHARS_MAX or jwk.get("use", "sig") != "sig":
        return None, None
    parser = _PARSERS.get(str(jwk.get("kty")))
    if parser is None:
        return None, None
    try:
        key = parser.from_jwk(jwk)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None, None
    algorithms = _allowed_algorithms(key)
    if "alg" in jwk:
        algorithms &= {str(jwk["alg"])}
    if not algorithms:
        return None, None
    assert isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey)
    return kid, PublicKey(key, algorithms, msgspec.json.encode(jwk, order="deterministic").decode())


def _allowed_algorithms(key: object) -> frozenset[str]:
    """The algorithms for this type of key. None for a private key, which should not have been published."""
    if isinstance(key, RSAPublicKey):
        return _RSA_ALGORITHMS if RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX else frozenset()
    if isinstance(key, EllipticCurvePublicKey):
        return frozenset({_ALGORITHM_BY_CURVE[key.curve.name]} if key.curve.name in _ALGORITHM_BY_CURVE else ())
    return frozenset({"EdDSA"} if isinstance(key, Ed25519PublicKey) else ())

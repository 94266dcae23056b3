"""Verifies the tokens of external issuers, following RFC 8725, JSON Web Token Best Current Practices."""

from __future__ import annotations

import asyncio
import logging
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import jwt
import msgspec

from lobby.auth.accounts import Account, AccountPlayers, SignInProvider, invalid_token
from lobby.auth.caller import Caller
from lobby.auth.external_issuers import KID_CHARS_MAX, Issuer, IssuerKeys
from lobby.domain.identities import SUBJECT_CHARS_MAX
from lobby.domain.model import Player
from lobby.domain.rejections import Rejection
from lobby.domain.values import Instant
from lobby.ports import Clock, Unavailable
from lobby.runtime.background import BackgroundTasks
from lobby.runtime.clock import never_ahead
from lobby.runtime.repeated_warning import RepeatedWarning

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

TOKEN_CHARS_MAX = 8_192
TIME_S_MAX = 2**40
_TYPES = frozenset({"jwt", "at+jwt"})
"""Accepted values of the optional header `typ`. Others mark tokens for other purposes, such as logout+jwt or dpop+jwt."""
_REFUSED_HEADERS = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64"})
"""Headers with which a token brings its own key, or changes how it is read. No token for this lobby needs them."""

_jws = jwt.PyJWS()


class _InvalidToken(Exception):
    """Why a token is not valid, in words for the caller."""


class _Claims(msgspec.Struct):
    iss: Any = None


@dataclass(frozen=True, slots=True)
class _KnownIssuer:
    issuer: Issuer
    keys: IssuerKeys


def _by_name(issuers: Iterable[Issuer]) -> dict[str, Issuer]:
    """Raises `ValueError` for an issuer that comes twice."""
    listed = list(issuers)
    by_name = {one.issuer: one for one in listed}
    if len(by_name) < len(listed):
        raise ValueError("LOBBY_ISSUERS: each issuer once")
    return by_name


class ExternalTokens:
    """Verifies a token without waiting, if its key is known; otherwise the caller has a `key_refresh`."""

    def __init__(
        self,
        issuers: Iterable[Issuer],
        clock: Clock,
        on_withdrawal: Callable[[], None],
        ahead_ms: Callable[[], int] = never_ahead,
        players: AccountPlayers | None = None,
    ) -> None:
        """`on_withdrawal` is called when an issuer no longer publishes a key. `ahead_ms`: how far `clock` is ahead of the clocks
        of the issuers, see `SystemClock.ahead_ms`. `players`: finds linked players; None: each account is its own player."""
        self._players = players
        self._warning = RepeatedWarning(log)
        self._clock = clock
        self._ahead_ms = ahead_ms
        self._on_withdrawal = on_withdrawal
        self._client: httpx.AsyncClient | None = None
        """Made with the first issuer: httpx is slow to import."""
        self._issuers = {name: self._create(one) for name, one in _by_name(issuers).items()}
        self._tasks = BackgroundTasks()
        self._reading: dict[str, asyncio.Task[None]] = {}
        """The task that reads the keys of each issuer."""

    async def open(self) -> None:
        """Start to read the keys, without waiting: the lobby must also start while an issuer is down."""
        for name in self._issuers:
            self._start_reading(name)

    async def replace(self, issuers: Sequence[Issuer]) -> None:
        """Know these issuers from now on. Those whose settings have not changed keep their keys. Raises `ValueError`."""
        wanted = _by_name(issuers)
        gone = [name for name, known in self._issuers.items() if wanted.get(name) != known.issuer]
        for name in gone:
            self._reading.pop(name).cancel()
            await self._issuers.pop(name).keys.close()
        for name in wanted.keys() - self._issuers.keys():
            self._issuers[name] = self._create(wanted[name])
            self._start_reading(name)
        if gone:
            self._on_withdrawal()

    def _create(self, issuer: Issuer) -> _KnownIssuer:
        if self._client is None:
            self._client = _create_client()
        return _KnownIssuer(issuer, IssuerKeys(issuer, self._client, self._on_withdrawal))

    def _start_reading(self, name: str) -> None:
        self._reading[name] = self._tasks.start(self._issuers[name].keys.keep_fresh(), "issuer")

    async def close(self) -> None:
        await self._tasks.close()
        for known in self._issuers.values():
            await known.keys.close()
        if self._client is not None:
            await self._client.aclose()

    @property
    def issuers(self) -> Mapping[str, bool]:
        """Each issuer, and whether its keys could be read at the last attempt."""
        return {name: known.keys.is_reachable for name, known in self._issuers.items()}

    def is_of_known_issuer(self, token: str) -> bool:
        """True if the token names one of these issuers. Nothing in it is verified yet."""
        if not self._issuers or len(token) > TOKEN_CHARS_MAX:
            return False
        with suppress(ValueError, IndexError, RecursionError):
            return self._issuer_name(token) in self._issuers
        return False

    def authenticate(self, token: str) -> Caller:
        """The caller with this token of a known issuer; with a `key_refresh` if the key, or the player of the account, is not
        known yet."""
        verified = self._read(token)
        if isinstance(verified, Caller):
            return verified
        account, expires_at = verified
        if self._players is None:
            assert account.own_player_id is not None, "an issuer names the players of its accounts"
            return Caller(Player(account.own_player_id, account.display_name or ""), expires_at, is_external=True)
        player = self._players.known(account)
        if player is None:
            refusal = "the lobby can't find out now which player the account is"
            return Caller(refusal=refusal, key_refresh=partial(self._find_player, self._players, account))
        return Caller(player, expires_at, is_external=True)

    def provider(self, issuer: str) -> SignInProvider:
        """Signs in with tokens of this issuer."""
        return _IssuerSignIn(self, issuer)

    async def verify(self, token: str, issuer: str) -> Account | Rejection:
        """The account that the token proves, if it is of this issuer."""
        if not self.is_of_known_issuer(token) or self._issuer_name(token) != issuer:
            return invalid_token("The token is not of this issuer.")
        verified = self._read(token)
        if isinstance(verified, Caller) and verified.key_refresh is not None:
            await verified.key_refresh()
            verified = self._read(token)
        return invalid_token(f"{verified.refusal}.".capitalize()) if isinstance(verified, Caller) else verified[0]

    async def _find_player(self, players: AccountPlayers, account: Account) -> None:
        try:
            await players.find(account)
        except Unavailable as error:
            self._warning.log("can't find the player of an account: %s", error)

    def _read(self, token: str) -> tuple[Account, Instant] | Caller:
        """The account of a token and when the token expires, or a refused caller."""
        known = self._issuers.get(self._issuer_name(token))
        if known is None:  # it was removed while a key was read
            return Caller(refusal="the issuer of the access token is not known")
        try:
            return self._verify(token, known)
        except _InvalidToken as reason:
            return Caller(refusal=str(reason))
        except (jwt.PyJWTError, ValueError, RecursionError):
            return Caller(refusal="the access token is not valid")

    def _issuer_name(self, token: str) -> Any:
        payload = token.split(".")[1].encode("ascii")
        claims = msgspec.json.decode(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)), type=_Claims)
        return claims.iss if isinstance(claims.iss, str) else None

    def _verify(self, token: str, known: _KnownIssuer) -> tuple[Account, Instant] | Caller:
        header = _jws.get_unverified_header(token)
        kid, algorithm = _kid(header), header.get("alg")
        if algorithm not in known.issuer.algorithms:
            raise _InvalidToken("the access token is signed by an algorithm that is not let in")
        key = known.keys.key(kid)
        if key is None:
            key_refresh = known.keys.refresh if known.keys.can_refresh else None
            return Caller(refusal="the access token's key is not known", key_refresh=key_refresh)
        if algorithm not in key.algorithms:
            raise _InvalidToken("the access token's key is for another algorithm")
        # PyJWT also checks the class of the key: it does not verify another algorithm with a key for RSA.
        read = _jws.decode_complete(token, key.key, algorithms=[str(algorithm)])
        return self._check_claims(msgspec.json.decode(read["payload"], type=dict[str, Any]), known.issuer)

    def _check_claims(self, claims: dict[str, Any], issuer: Issuer) -> tuple[Account, Instant]:
        if claims.get("iss") != issuer.issuer:
            raise _InvalidToken("the access token is not valid")
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        if not any(isinstance(one, str) and one in issuer.audiences for one in named):
            raise _InvalidToken("the access token is for another audience")
        expires_at = self._expires_at(claims, issuer)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 1 <= len(subject) <= SUBJECT_CHARS_MAX:
            raise _InvalidToken("the access token names no subject")
        player_id = issuer.player_id(subject)
        name = issuer.display_name(claims.get(issuer.name_claim), player_id)
        return Account(issuer.issuer, subject, name, player_id), expires_at

    def _expires_at(self, claims: dict[str, Any], issuer: Issuer) -> Instant:
        ahead_ms = self._ahead_ms()
        skew_s, now_s = issuer.clock_skew_s, (self._clock.now() - ahead_ms) / 1000
        until_s = _time_s(claims, "exp")
        if until_s is None:
            raise _InvalidToken("the access token does not say when it expires")
        if until_s + skew_s <= now_s:
            raise _InvalidToken("the access token has expired")
        if any((_time_s(claims, name) or 0) - skew_s > now_s for name in ("nbf", "iat")):
            raise _InvalidToken("the access token is not valid yet")
        return round((until_s + skew_s) * 1000) + ahead_ms


@dataclass(frozen=True, slots=True)
class _IssuerSignIn:
    tokens: ExternalTokens
    issuer: str

    async def verify(self, token: str) -> Account | Rejection:
        return await self.tokens.verify(token, self.issuer)


def _kid(header: dict[str, Any]) -> str:
    """The id of the key that signed the token. Raises if the header has anything else that matters."""
    if _REFUSED_HEADERS & header.keys():
        raise _InvalidToken("the access token has headers that are not let in")
    media_type = header.get("typ", "JWT")
    if not isinstance(media_type, str) or media_type.lower().removeprefix("application/") not in _TYPES:
        raise _InvalidToken("not an access token")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 1 <= len(kid) <= KID_CHARS_MAX:
        raise _InvalidToken("the access token names no key")
    return kid


def _time_s(claims: dict[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519, section 2); None if the claim is missing."""
    time_s = claims.get(name)
    if time_s is None:
        return None
    if isinstance(time_s, bool) or not isinstance(time_s, int | float) or not 0 <= time_s <= TIME_S_MAX:
        raise _InvalidToken("the access token is not valid")
    return time_s


def _create_client() -> httpx.AsyncClient:
    """A client that only reads public documents of issuers that an operator has configured."""
    import httpx  # at the first use: it is slow to import, and few servers need it

    return httpx.AsyncClient(limits=httpx.Limits(max_connections=20, max_keepalive_connections=0))

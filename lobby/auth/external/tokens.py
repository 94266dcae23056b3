"""Reading the tokens of external issuers. See RFC 8725, JSON Web Token Best Current Practices, for why it looks at what."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import msgspec

from lobby.auth.caller import Caller
from lobby.auth.external.issuer import Issuer
from lobby.auth.external.issuer_keys import IssuerKeys
from lobby.auth.external.key_set import KID_CHARS_MAX
from lobby.domain.model import Player
from lobby.domain.values import Instant
from lobby.ports import Clock

TOKEN_CHARS_MAX = 8_192
SUBJECT_CHARS_MAX = 255
"""OpenID Connect Core 1.0, section 2."""
TIME_S_MAX = 2**40
_TYPES = frozenset({"jwt", "at+jwt"})
"""Of the header `typ`, where there is one: others are no tokens to sign in by, such as logout+jwt or dpop+jwt."""
_BY_THE_TOKEN = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64"})
"""Headers by which a token brings its own key, or wants to be read in another way: no token that is meant for us has them."""

_jws = jwt.PyJWS()


class _Refused(Exception):
    """Why a token does not count, in words fit for the caller."""


class _Claims(msgspec.Struct):
    iss: Any = None


@dataclass(frozen=True, slots=True)
class _Known:
    issuer: Issuer
    keys: IssuerKeys


class ExternalTokens:
    """Checks tokens at once where the key is at hand; else says what to wait for."""

    def __init__(self, issuers: Iterable[Issuer], clock: Clock, withdrawn: Callable[[], None]) -> None:
        """`withdrawn` is called when an issuer has taken back a key."""
        self._clock = clock
        # Without cookies and redirects: this only ever reads public documents of those that an operator named.
        self._client = httpx.AsyncClient(limits=httpx.Limits(max_connections=20, max_keepalive_connections=0))
        issuers = list(issuers)
        if len({one.issuer for one in issuers}) < len(issuers):
            raise ValueError("LOBBY_ISSUERS: each issuer once")
        self._issuers = {one.issuer: _Known(one, IssuerKeys(one, self._client, withdrawn)) for one in issuers}
        self._keeping: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Begins to read the keys. Waits for none: an issuer that is down must not keep the lobby from coming up."""
        self._keeping = [asyncio.create_task(one.keys.keep_fresh(), name="issuer") for one in self._issuers.values()]

    async def close(self) -> None:
        for task in self._keeping:
            task.cancel()
        if self._keeping:
            await asyncio.wait(self._keeping)
        for one in self._issuers.values():
            await one.keys.close()
        await self._client.aclose()

    @property
    def issuers(self) -> Mapping[str, bool]:
        """Each, and whether its keys could be read when that was last tried."""
        return {name: one.keys.is_reachable for name, one in self._issuers.items()}

    def claims(self, token: str) -> bool:
        """Whether the token says that it is of one of these issuers. Nothing of it is believed yet."""
        if not self._issuers or len(token) > TOKEN_CHARS_MAX:
            return False
        with suppress(ValueError, IndexError, RecursionError):
            return self._said(token) in self._issuers
        return False

    def caller(self, token: str) -> Caller:
        """Who sends a token of an external issuer; with `waits_for` where its key is not known yet."""
        known = self._issuers[self._said(token)]
        try:
            return self._checked(token, known)
        except _Refused as why:
            return Caller(refusal=str(why))
        except (jwt.PyJWTError, ValueError, RecursionError):
            return Caller(refusal="the access token is not valid")

    def _said(self, token: str) -> Any:
        payload = token.split(".")[1].encode("ascii")
        said = msgspec.json.decode(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)), type=_Claims)
        return said.iss if isinstance(said.iss, str) else None

    def _checked(self, token: str, known: _Known) -> Caller:
        header = _jws.get_unverified_header(token)
        kid, algorithm = _kid(header), header.get("alg")
        if algorithm not in known.issuer.algorithms:
            raise _Refused("the access token is signed by an algorithm that is not let in")
        key = known.keys.key(kid)
        if key is None:
            waits_for = known.keys.refresh if known.keys.may_have_more else None
            return Caller(refusal="the access token's key is not known", waits_for=waits_for)
        if algorithm not in key.algorithms:
            raise _Refused("the access token's key is for another algorithm")
        # PyJWT takes the key's own class into account too: one for RSA signs nothing by another algorithm.
        read = _jws.decode_complete(token, key.key, algorithms=[str(algorithm)])
        return self._of_claims(msgspec.json.decode(read["payload"], type=dict[str, Any]), known.issuer)

    def _of_claims(self, claims: dict[str, Any], issuer: Issuer) -> Caller:
        if claims.get("iss") != issuer.issuer:
            raise _Refused("the access token is not valid")
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        if not any(isinstance(one, str) and one in issuer.audiences for one in named):
            raise _Refused("the access token is for another audience")
        expires_at = self._expires_at(claims, issuer)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 1 <= len(subject) <= SUBJECT_CHARS_MAX:
            raise _Refused("the access token names no subject")
        player_id = issuer.player_id(subject)
        return Caller(Player(player_id, issuer.display_name(claims.get(issuer.name_claim), player_id)), expires_at)

    def _expires_at(self, claims: dict[str, Any], issuer: Issuer) -> Instant:
        skew_s, now_s = issuer.clock_skew_s, self._clock.now() / 1000
        until_s = _time_s(claims, "exp")
        if until_s is None:
            raise _Refused("the access token does not say when it expires")
        if until_s + skew_s <= now_s:
            raise _Refused("the access token has expired")
        if any((_time_s(claims, name) or 0) - skew_s > now_s for name in ("nbf", "iat")):
            raise _Refused("the access token is not valid yet")
        return round((until_s + skew_s) * 1000)


def _kid(header: dict[str, Any]) -> str:
    """The key that the token names, by a header that has nothing else to say."""
    if _BY_THE_TOKEN & header.keys():
        raise _Refused("the access token has headers that are not let in")
    media_type = header.get("typ", "JWT")
    if not isinstance(media_type, str) or media_type.lower().removeprefix("application/") not in _TYPES:
        raise _Refused("not an access token")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 1 <= len(kid) <= KID_CHARS_MAX:
        raise _Refused("the access token names no key")
    return kid


def _time_s(claims: dict[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519, section 2); None where there is none."""
    time_s = claims.get(name)
    if time_s is None:
        return None
    if isinstance(time_s, bool) or not isinstance(time_s, int | float) or not 0 <= time_s <= TIME_S_MAX:
        raise _Refused("the access token is not valid")
    return time_s

"""Guests' credentials: short access tokens that are checked by their signature alone, long refresh tokens that rotate."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import Any

import jwt

from lobby.auth.caller import Caller
from lobby.auth.secret import Secret
from lobby.domain import text
from lobby.domain.model import Player
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import Instant
from lobby.mint import new_id
from lobby.ports import Clock, Conflict, RefreshFamily, Store, Unavailable

ISSUER = "adventurebot2-lobby"
ALGORITHM = "HS256"
ACCESS_MS = 15 * 60_000
REFRESH_MS = 30 * 24 * 3_600_000
REUSE_GRACE_MS = 60_000
"""A phone that lost the answer may send its old refresh token once more within this time."""
CHECKED_MAX = 10_000
"""Access tokens whose signature is remembered as good."""
TOKEN_CHARS_MAX = 4096
ATTEMPTS_MAX = 100
AGAIN_AFTER_S = 0.01
"""Between two attempts: whoever is first needs a turn of the loop, and of the disk, to get through."""

_STRANGER = Caller()
_INVALID = Rejection(RejectionCode.INVALID_CREDENTIALS, "The refresh token is not valid.", field="refresh_token")


@dataclass(frozen=True, slots=True)
class Granted:
    """Fresh credentials; `expires_at` is that of the access token."""

    player: Player
    access_token: str
    expires_at: Instant
    refresh_token: str


class Credentials:
    """Grants and reads credentials."""

    def __init__(
        self,
        secret: Secret,
        store: Store,
        clock: Clock,
        service_key: str | None = None,
        access_ms: int = ACCESS_MS,
        refresh_ms: int = REFRESH_MS,
    ) -> None:
        self._key = secret.key("credentials")
        self._store = store
        self._clock = clock
        self._service_key = service_key
        self._access_ms = access_ms
        self._refresh_ms = refresh_ms
        self._checked: OrderedDict[str, Caller] = OrderedDict()

    async def sign_in_as_guest(self, display_name: str) -> Granted | Rejection:
        """A new player by that name."""
        name = text.line("display_name", display_name, text.DISPLAY_NAME_CHARS_MAX)
        if isinstance(name, Rejection):
            return name
        now = self._clock.now()
        family = RefreshFamily(
            id=new_id(),
            player_id=new_id(),
            display_name=name,
            generation=1,
            rotated_at=now,
            expires_at=now + self._refresh_ms,
        )
        await self._store.save_family(family, None)
        return self._granted(family)

    async def refresh(self, token: str) -> Granted | Rejection:
        """New credentials for the newest refresh token of a family; an older one that turns up ends the whole family.

        The last but one is still answered for a short while, and with the same new token: its answer may have been lost.
        """
        claims = self._claims(token, "refresh")
        if claims is None:
            return _INVALID
        for _ in range(ATTEMPTS_MAX):
            try:
                return await self._refreshed(str(claims["fam"]), int(claims["gen"]))
            except Conflict:
                await asyncio.sleep(AGAIN_AFTER_S)
        raise Unavailable("others keep refreshing the same credentials")

    async def _refreshed(self, family_id: str, generation: int) -> Granted | Rejection:
        """Raises `Conflict` when another refresh of the family was first, or is on its way."""
        family = await self._store.family(family_id)
        now = self._clock.now()
        if family is None or family.revoked or family.expires_at <= now:
            return _INVALID
        if generation == family.generation - 1 and now - family.rotated_at <= REUSE_GRACE_MS:
            return self._granted(family)
        if generation != family.generation:
            await self._store.save_family(replace(family, revoked=True), family.generation)
            return _INVALID
        rotated = replace(family, generation=generation + 1, rotated_at=now, expires_at=now + self._refresh_ms)
        await self._store.save_family(rotated, generation)
        return self._granted(rotated)

    def caller(self, authorization: str | None) -> Caller:
        """Who sends this Authorization header. No header, or one without a token: a stranger."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        token = token.strip()
        if not token:
            return _STRANGER if not scheme or scheme.lower() == "bearer" else _refused("no Bearer token")
        if scheme.lower() != "bearer":
            return _refused("not a Bearer token")
        if self._service_key is not None and compare_digest(token.encode(), self._service_key.encode()):
            return Caller(is_service=True)
        return self._remembered(token)

    def _remembered(self, token: str) -> Caller:
        caller = self._checked.get(token)
        if caller is None:
            caller = self._checked_now(token)
            if caller.refusal is not None:
                return caller
            self._checked[token] = caller
            if len(self._checked) > CHECKED_MAX:
                self._checked.popitem(last=False)
        if caller.expires_at is not None and caller.expires_at <= self._clock.now():
            self._checked.pop(token, None)
            return _refused("the access token has expired")
        return caller

    def _checked_now(self, token: str) -> Caller:
        claims = self._claims(token, "access")
        if claims is None:
            return _refused("the access token is not valid")
        return Caller(Player(str(claims["sub"]), str(claims["name"])), int(claims["exp"]) * 1000)

    def _granted(self, family: RefreshFamily) -> Granted:
        player = Player(family.player_id, family.display_name)
        now = self._clock.now()
        expires_s = (now + self._access_ms) // 1000
        access = {"typ": "access", "sub": player.id, "name": player.display_name, "iat": now // 1000, "exp": expires_s}
        refresh = {
            "typ": "refresh",
            "fam": family.id,
            "gen": family.generation,
            "exp": family.expires_at // 1000,
        }
        return Granted(player, self._signed(access), expires_s * 1000, self._signed(refresh))

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"iss": ISSUER, **claims}, self._key, ALGORITHM)

    def _claims(self, token: str, typ: str) -> dict[str, Any] | None:
        """The claims of a token of ours that has not expired by the server's clock."""
        if len(token) > TOKEN_CHARS_MAX:
            return None
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": ["exp", "typ"], "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, ValueError):
            return None
        is_good = claims["typ"] == typ and claims["exp"] * 1000 > self._clock.now()
        return claims if is_good else None


def _refused(why: str) -> Caller:
    return Caller(refusal=why)

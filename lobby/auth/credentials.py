"""Guests' credentials: short access tokens that are checked by their signature alone, long refresh tokens that rotate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
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
from lobby.value import changed

ISSUER = "adventurebot2-lobby"
ALGORITHM = "HS256"
ACCESS_MS = 15 * 60_000
REFRESH_MS = 30 * 24 * 3_600_000
REUSE_GRACE_MS = 60_000
"""A phone that lost the answer may send its old refresh token once more within this time."""
TOKEN_CHARS_MAX = 4096
ATTEMPTS_MAX = 100
AGAIN_AFTER_S = 0.01
"""Between two attempts: whoever is first needs a turn of the loop, and of the disk, to get through."""

_INVALID = Rejection(RejectionCode.INVALID_CREDENTIALS, "The refresh token is not valid.", field="refresh_token")
_NO_GUESTS = Rejection(
    RejectionCode.INVALID_CREDENTIALS, "This lobby takes no guests: come with a token of an issuer that it lets in."
)


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
        access_ms: int = ACCESS_MS,
        refresh_ms: int = REFRESH_MS,
        takes_guests: bool = True,
        previous: Sequence[Secret] = (),
    ) -> None:
        """`previous`: secrets that this one took over from, whose tokens go on to be good until they expire."""
        self._key = secret.key("credentials")
        self._keys = (self._key, *(one.key("credentials") for one in previous))
        self._store = store
        self._clock = clock
        self._access_ms = access_ms
        self._refresh_ms = refresh_ms
        self._takes_guests = takes_guests

    async def sign_in_as_guest(self, display_name: str) -> Granted | Rejection:
        """A new player by that name."""
        if not self._takes_guests:
            return _NO_GUESTS
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
            await self._store.save_family(changed(family, revoked=True), family.generation)
            return _INVALID
        rotated = changed(family, generation=generation + 1, rotated_at=now, expires_at=now + self._refresh_ms)
        await self._store.save_family(rotated, generation)
        return self._granted(rotated)

    def caller(self, token: str) -> Caller:
        """Who sends this access token of ours."""
        claims = self._claims(token, "access")
        if claims is None:
            return Caller(refusal="the access token is not valid")
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
        claims = next(filter(None, (_verified(token, key) for key in self._keys)), None)
        if claims is None or claims["typ"] != typ or claims["exp"] * 1000 <= self._clock.now():
            return None
        return claims


def _verified(token: str, key: bytes) -> dict[str, Any] | None:
    """What the token says, if it was signed with this key; whether it is of our time is looked at elsewhere."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["exp", "typ"], "verify_exp": False, "verify_iat": False},
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError):  # json gives up on deep nesting by the last
        return None
    return claims

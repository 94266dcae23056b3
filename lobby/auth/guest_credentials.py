"""Credentials of guests: short-lived access tokens, which are checked by their signature alone, and long-lived refresh tokens,
which are replaced each time they are used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from lobby.auth.caller import Caller
from lobby.auth.secret import Secret
from lobby.domain import text
from lobby.domain.model import Player
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import Instant, PlayerId
from lobby.ports import Clock, Conflict, RefreshFamily, Store, Unavailable
from lobby.runtime.ids import new_id
from lobby.struct import replace

ISSUER = "adventurebot2-lobby"
ALGORITHM = "HS256"
REUSE_GRACE_MS = 60_000
"""Within this time, the old refresh token leads to the same new one: for requests that were sent several times at once."""
TOKEN_CHARS_MAX = 4096
ATTEMPTS_MAX = 100
RETRY_PAUSE_S = 0.01
"""Between two attempts. The refresh that was first needs a turn of the event loop, and of the disk, to finish."""

_INVALID = Rejection(RejectionCode.INVALID_CREDENTIALS, "The refresh token is not valid.", field="refresh_token")
_NO_GUESTS = Rejection(
    RejectionCode.INVALID_CREDENTIALS, "This lobby takes no guests: come with a token of an issuer that it lets in."
)


@dataclass(frozen=True, slots=True)
class GuestPolicy:
    """The rules for guests: if they may sign in, and how long their tokens are valid."""

    accepts_guests: bool = True
    """False: no new guests. Guests that have signed in before may still refresh their tokens."""
    access_ms: int = 15 * 60_000
    refresh_ms: int = 30 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class IssuedCredentials:
    """New tokens of a player; `expires_at` is that of the access token."""

    player: Player
    access_token: str
    expires_at: Instant
    refresh_token: str


class GuestCredentials:
    """Issues and checks the tokens of guests."""

    def __init__(
        self, secret: Secret, store: Store, clock: Clock, policy: GuestPolicy, previous_secrets: Sequence[Secret] = ()
    ) -> None:
        """Tokens signed with one of `previous_secrets` stay valid until they expire."""
        self.player_checks: list[Callable[[PlayerId], Rejection | None]] = []
        """Asked about each player before new tokens are issued, and about the player of each token. They never raise."""
        self._key = secret.key("credentials")
        self._accepted_keys = (self._key, *(previous.key("credentials") for previous in previous_secrets))
        self._store = store
        self._clock = clock
        self._policy = policy

    async def sign_in_as_guest(self, display_name: str) -> IssuedCredentials | Rejection:
        """Create a player with that name. Raises `Unavailable`."""
        if not self._policy.accepts_guests:
            return _NO_GUESTS
        name = text.normalize_line("display_name", display_name, text.DISPLAY_NAME_CHARS_MAX)
        if isinstance(name, Rejection):
            return name
        return await self.sign_in(Player(new_id(), name))

    async def sign_in(self, player: Player) -> IssuedCredentials:
        """Credentials of a player who has proved to be this one. Raises `Unavailable`."""
        now = self._clock.now()
        family = RefreshFamily(
            id=new_id(),
            player_id=player.id,
            display_name=player.display_name,
            generation=1,
            rotated_at=now,
            expires_at=now + self._policy.refresh_ms,
        )
        await self._store.save_refresh_family(family, None)
        return self._issue(family)

    async def refresh(self, token: str) -> IssuedCredentials | Rejection:
        """New credentials for the newest refresh token of a family. An older token revokes the whole family.

        The token that was used last is accepted until a token that it led to is used, because the response may have been
        lost. After `REUSE_GRACE_MS` it leads to another new token, and the lost one is void: if that one is used later,
        two clients have the same credentials, and the family is revoked. The token before the last used token is only
        refused within `REUSE_GRACE_MS`: a client repeats a slow request, and the copy may come after the next refresh, so a
        slow network must not sign the player out. Later it revokes the family. A signed token that is newer than the store
        knows, or whose family is missing, is accepted: the store was restored from a backup. Raises `Unavailable`.
        """
        claims = self._read_claims(token, "refresh")
        if claims is None:
            return _INVALID
        rejection = self.reject_player(str(claims.get("sub", "")))
        if rejection is not None:
            return rejection
        for _ in range(ATTEMPTS_MAX):
            try:
                return await self._refresh_family(claims)
            except Conflict:
                await asyncio.sleep(RETRY_PAUSE_S)
        raise Unavailable("others keep refreshing the same credentials")

    async def _refresh_family(self, claims: dict[str, Any]) -> IssuedCredentials | Rejection:
        """Raises `Conflict` if another refresh of the family was first or has not finished yet."""
        generation = int(claims["gen"])
        family = await self._store.refresh_family(str(claims["fam"]))
        if family is None:
            return await self._restore_family(claims)
        now = self._clock.now()
        is_newer = generation > family.generation
        if family.revoked or (family.expires_at <= now and not is_newer):
            return _INVALID
        if generation >= family.generation:
            return await self._rotate(family, generation, generation + 1)
        used = family.generation - 1 if family.used_generation is None else family.used_generation
        if generation == used and now - family.rotated_at <= REUSE_GRACE_MS:
            return self._issue(family)
        if generation == used:
            return await self._rotate(family, generation, family.generation + 1)
        if generation == used - 1 and now - family.rotated_at <= REUSE_GRACE_MS:
            return _INVALID  # a copy of a request that a slow network delivers late, or a thief, who gets nothing
        await self._store.save_refresh_family(replace(family, revoked=True), family.generation)
        return _INVALID

    async def _rotate(self, family: RefreshFamily, used: int, generation: int) -> IssuedCredentials:
        now = self._clock.now()
        rotated = replace(
            family,
            generation=generation,
            used_generation=used,
            rotated_at=now,
            # not before the tokens of a longer policy expire: they must not find the family missing
            expires_at=max(family.expires_at, now + self._policy.refresh_ms),
        )
        await self._store.save_refresh_family(rotated, family.generation)
        return self._issue(rotated)

    async def _restore_family(self, claims: dict[str, Any]) -> IssuedCredentials | Rejection:
        """The store keeps a family, also a revoked one, for as long as its newest token is valid. So it has lost this one."""
        if "sub" not in claims or "name" not in claims:
            return _INVALID  # a token of a version whose refresh tokens did not name the player
        now, generation = self._clock.now(), int(claims["gen"])
        family = RefreshFamily(
            id=str(claims["fam"]),
            player_id=str(claims["sub"]),
            display_name=str(claims["name"]),
            generation=generation + 1,
            rotated_at=now,
            expires_at=now + self._policy.refresh_ms,
            used_generation=generation,
        )
        await self._store.save_refresh_family(family, None)
        return self._issue(family)

    def reject_player(self, player_id: PlayerId) -> Rejection | None:
        """The rejection of a player who may not sign in."""
        return next(filter(None, (check(player_id) for check in self.player_checks)), None)

    def authenticate(self, token: str) -> Caller:
        """The caller with this access token."""
        claims = self._read_claims(token, "access")
        if claims is None:
            return Caller(refusal="the access token is not valid")
        rejection = self.reject_player(str(claims["sub"]))
        if rejection is not None:
            return Caller(refusal=rejection.message)
        return Caller(Player(str(claims["sub"]), str(claims["name"])), int(claims["exp"]) * 1000)

    def _issue(self, family: RefreshFamily) -> IssuedCredentials:
        player = Player(family.player_id, family.display_name)
        now = self._clock.now()
        expires_s = (now + self._policy.access_ms) // 1000
        access = {"typ": "access", "sub": player.id, "name": player.display_name, "iat": now // 1000, "exp": expires_s}
        refresh = {
            "typ": "refresh",
            "sub": player.id,
            "name": player.display_name,
            "fam": family.id,
            "gen": family.generation,
            "exp": min(family.expires_at, family.rotated_at + self._policy.refresh_ms) // 1000,
        }
        return IssuedCredentials(player, self._sign(access), expires_s * 1000, self._sign(refresh))

    def _sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"iss": ISSUER, **claims}, self._key, ALGORITHM)

    def _read_claims(self, token: str, typ: str) -> dict[str, Any] | None:
        """The claims of a token of this lobby that has not expired by the server's clock."""
        if len(token) > TOKEN_CHARS_MAX:
            return None
        claims = next(filter(None, (_verify(token, key) for key in self._accepted_keys)), None)
        if claims is None or claims["typ"] != typ or claims["exp"] * 1000 <= self._clock.now():
            return None
        return claims


def _verify(token: str, key: bytes) -> dict[str, Any] | None:
    """The claims of a token that was signed with this key. Its times are checked elsewhere."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["exp", "typ"], "verify_exp": False, "verify_iat": False},
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError):  # json raises the last one for deep nesting
        return None
    return claims

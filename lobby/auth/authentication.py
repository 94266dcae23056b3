"""Authenticates every request: the only place where credentials of all kinds are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from lobby.auth.accounts import AccountPlayers, SignInProvider
from lobby.auth.api_keys import HashedKeys, NamedKeys
from lobby.auth.caller import Caller
from lobby.auth.external_issuers import Issuer
from lobby.auth.external_tokens import ExternalTokens
from lobby.auth.guest_credentials import GuestCredentials
from lobby.domain.values import PlayerId
from lobby.ports import Clock
from lobby.runtime.clock import never_ahead
from lobby.runtime.lru_cache import LRUCache

CACHED_MAX = 32_768
"""Headers with valid access tokens that are cached ..."""
CACHED_CHARS_MAX = 16_000_000
"""... and their characters together: tokens of external issuers may have 8,192 characters each."""

_STRANGER = Caller()
_SERVICE = Caller(is_service=True)


class Authentication:
    """Guests and external players authenticate by a token, game servers and operators by a key."""

    def __init__(
        self,
        credentials: GuestCredentials,
        clock: Clock,
        service_keys: HashedKeys,
        operator_keys: HashedKeys,
        issuers: Iterable[Issuer],
        ahead_ms: Callable[[], int] = never_ahead,
        players: AccountPlayers | None = None,
        moderator_keys: NamedKeys | None = None,
    ) -> None:
        """`ahead_ms`, `players`: see `ExternalTokens`."""
        self._credentials = credentials
        self._clock = clock
        self._service_keys = service_keys
        self._operator_keys = operator_keys
        self._moderator_keys = moderator_keys or NamedKeys()
        self.ban_checks: list[Callable[[PlayerId], bool]] = []
        """Asked about the player of each request. True: the player may do nothing."""
        self._external = ExternalTokens(issuers, clock, self._forget_external, ahead_ms, players)
        self._cache = LRUCache[str, Caller](CACHED_MAX, CACHED_CHARS_MAX)
        """By the header as it was sent: a caller that keeps the header as one object also keeps its hash."""

    async def open(self) -> None:
        await self._external.open()

    async def close(self) -> None:
        await self._external.close()

    @property
    def has_operator_keys(self) -> bool:
        return bool(self._operator_keys)

    def replace_keys(self, service_keys: HashedKeys, operator_keys: HashedKeys, moderator_keys: NamedKeys) -> None:
        """Only these keys count from now on. Sockets that are open stay open."""
        self._service_keys, self._operator_keys, self._moderator_keys = service_keys, operator_keys, moderator_keys

    async def replace_issuers(self, issuers: Sequence[Issuer]) -> None:
        """Only tokens of these issuers count from now on; those of others are forgotten. Raises `ValueError`."""
        await self._external.replace(issuers)

    def issuer_providers(self) -> Mapping[str, SignInProvider]:
        """For each external issuer, signing in with its tokens."""
        return {issuer: self._external.provider(issuer) for issuer in self._external.issuers}

    @property
    def issuers(self) -> Mapping[str, bool]:
        """Each external issuer, and whether its keys could be read at the last attempt."""
        return self._external.issuers

    def authenticate(self, authorization: str | None) -> Caller:
        """The caller with this Authorization header. Without a header, or without a token in it, the caller is a stranger.

        Never waits: see `Caller.key_refresh` for the token of an external issuer whose key is not known yet.
        """
        if authorization is None:
            return _STRANGER
        caller = self._cache.peek(authorization) or self._check_header(authorization)
        if caller.expires_at is not None and caller.expires_at <= self._clock.now():
            self._cache.pop(authorization)
            return _refused("the access token has expired")
        if caller.player is not None:
            for is_banned in self.ban_checks:  # every request comes here: `any` with a generator took 0.4 us
                if is_banned(caller.player.id):
                    return _refused("this player is banned")
        return caller

    def forget_all(self) -> None:
        """Check all tokens again, because a player was erased."""
        for authorization in [header for header, _ in self._cache.items()]:
            self._cache.pop(authorization)

    def _check_header(self, authorization: str) -> Caller:
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if not token:
            return _STRANGER if not scheme or scheme.lower() == "bearer" else _refused("no Bearer token")
        if scheme.lower() != "bearer":
            return _refused("not a Bearer token")
        caller = self._check_token(token)
        if caller.player is not None:
            self._cache.put(authorization, caller, weight=len(authorization))
        return caller

    def _check_token(self, token: str) -> Caller:
        if self._service_keys.contains(token):
            return _SERVICE
        operator = self._operator_keys.find(token)
        if operator is not None:
            return Caller(is_operator=True, operator_name=operator_name(operator))
        moderator = self._moderator_keys.name_of(token)
        if moderator is not None:
            return Caller(is_operator=True, operator_name=moderator, moderator=moderator)
        is_external = self._external.is_of_known_issuer(token)
        return self._external.authenticate(token) if is_external else self._credentials.authenticate(token)

    def _forget_external(self) -> None:
        """Check all external tokens again, because an issuer has withdrawn a key that may have signed some of them."""
        for authorization in [header for header, caller in self._cache.items() if caller.is_external]:
            self._cache.pop(authorization)


def operator_name(key_hash: str) -> str:
    """The name of an operator's key in the log of moderation: "operator" and the first 8 digits of its hash, by which the owner
    of the settings finds it."""
    return f"operator {key_hash.removeprefix('sha256:')[:8]}"


def _refused(why: str) -> Caller:
    return Caller(refusal=why)

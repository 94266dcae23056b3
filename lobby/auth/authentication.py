"""Who sends an Authorization header: the one place where credentials of every kind are read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from lobby.auth.caller import Caller
from lobby.auth.credentials import Credentials
from lobby.auth.external.issuer import MARK, Issuer
from lobby.auth.external.tokens import ExternalTokens
from lobby.auth.hashed_keys import HashedKeys
from lobby.ports import Clock

CHECKED_MAX = 32_768
"""Headers with access tokens that are remembered as good ..."""
CHECKED_CHARS_MAX = 16_000_000
"""... and how long they are together: those of issuers may have 8,192 characters each."""

_STRANGER = Caller()
_SERVICE = Caller(is_service=True)
_OPERATOR = Caller(is_operator=True)


class Authentication:
    """Guests and external players by their token, game servers and operators by their key."""

    def __init__(
        self,
        credentials: Credentials,
        clock: Clock,
        service_keys: HashedKeys | None = None,
        operator_keys: HashedKeys | None = None,
        issuers: Iterable[Issuer] = (),
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._service_keys = service_keys or HashedKeys()
        self._operator_keys = operator_keys or HashedKeys()
        self._external = ExternalTokens(issuers, clock, self._forget_external)
        self._checked: OrderedDict[str, Caller] = OrderedDict()
        """By the header as it was given: whoever keeps that as an object has it found without a look at its characters."""
        self._checked_chars = 0

    async def open(self) -> None:
        await self._external.open()

    @property
    def issuers(self) -> Mapping[str, bool]:
        """Each external issuer, and whether its keys could be read when that was last tried."""
        return self._external.issuers

    async def close(self) -> None:
        await self._external.close()

    def caller(self, authorization: str | None) -> Caller:
        """At once, and from memory for a token that was seen before; no header, or one without a token, is a stranger's.

        See `Caller.waits_for` for an external issuer's token whose key is yet to be read.
        """
        if authorization is None:
            return _STRANGER
        caller = self._checked.get(authorization) or self._read(authorization)
        if caller.expires_at is not None and caller.expires_at <= self._clock.now():
            self._forget(authorization)
            return _refused("the access token has expired")
        return caller

    def _read(self, authorization: str) -> Caller:
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if not token:
            return _STRANGER if not scheme or scheme.lower() == "bearer" else _refused("no Bearer token")
        if scheme.lower() != "bearer":
            return _refused("not a Bearer token")
        caller = self._bearer(token)
        if caller.player is not None:
            self._remember(authorization, caller)
        return caller

    def _bearer(self, token: str) -> Caller:
        if self._service_keys.has(token):
            return _SERVICE
        if self._operator_keys.has(token):
            return _OPERATOR
        is_external = self._external.claims(token)
        return self._external.caller(token) if is_external else self._credentials.caller(token)

    def _remember(self, authorization: str, caller: Caller) -> None:
        self._checked[authorization] = caller
        self._checked_chars += len(authorization)
        while len(self._checked) > CHECKED_MAX or self._checked_chars > CHECKED_CHARS_MAX:
            self._forget(next(iter(self._checked)))

    def _forget(self, authorization: str) -> None:
        if self._checked.pop(authorization, None) is not None:
            self._checked_chars -= len(authorization)

    def _forget_external(self) -> None:
        """An issuer has taken back a key: tokens are looked at anew, those that it has signed among them."""
        for given in [given for given, caller in self._checked.items() if _is_external(caller)]:
            self._forget(given)


def _is_external(caller: Caller) -> bool:
    return caller.player is not None and caller.player.id.startswith(MARK)


def _refused(why: str) -> Caller:
    return Caller(refusal=why)

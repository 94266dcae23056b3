"""Authenticates tokens of external issuers, with a clock that tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from lobby.auth.api_keys import HashedKeys
from lobby.auth.authentication import Authentication
from lobby.auth.caller import Caller
from lobby.auth.external_issuers import Issuer
from tests.lobby.auth.auth_services import AuthServices
from tests.lobby.auth.external.fake_issuer import FakeIssuer
from web.http.callers import resolve_caller


@dataclass(frozen=True, slots=True)
class TokenReader:
    services: AuthServices
    authentication: Authentication

    def at_once(self, token: str) -> Caller:
        return self.authentication.authenticate(f"Bearer {token}")

    async def authenticate(self, token: str) -> Caller:
        """The caller, found in the same way as the transports do it."""
        return await resolve_caller(self.authentication.authenticate, f"Bearer {token}")

    async def refusal(self, token: str) -> str:
        """The reason why the token is refused; the test fails if it is accepted."""
        caller = await self.authenticate(token)
        assert (caller.player, caller.is_service, caller.is_operator) == (None, False, False)
        assert caller.refusal is not None
        return caller.refusal

    @property
    def now_s(self) -> float:
        return self.services.clock.now() / 1000

    def token(self, publisher: FakeIssuer, **asked: Any) -> str:
        """A token issued now, by the clock of the lobby."""
        return publisher.token(**{"now_s": self.now_s, **asked})


@asynccontextmanager
async def reading(services: AuthServices, *issuers: Issuer, ahead_ms: int = 0) -> AsyncIterator[TokenReader]:
    authentication = Authentication(
        services.credentials, services.clock, HashedKeys(), HashedKeys(), issuers, lambda: ahead_ms
    )
    await authentication.open()
    try:
        yield TokenReader(services, authentication)
    finally:
        await authentication.close()

"""A lobby that reads tokens of external issuers, by a clock that tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from lobby.auth.authentication import Authentication
from lobby.auth.caller import Caller
from lobby.auth.external.issuer import Issuer
from lobby.http.credentials import settled
from tests.auth.desk import Desk
from tests.auth.external.issuing import Publisher


@dataclass(frozen=True, slots=True)
class Reading:
    desk: Desk
    authentication: Authentication

    def at_once(self, token: str) -> Caller:
        return self.authentication.caller(f"Bearer {token}")

    async def caller(self, token: str) -> Caller:
        """As the transports ask."""
        return await settled(self.authentication.caller, f"Bearer {token}")

    async def refusal(self, token: str) -> str:
        """Why it does not count; the test fails if it does."""
        caller = await self.caller(token)
        assert (caller.player, caller.is_service, caller.is_operator) == (None, False, False)
        assert caller.refusal is not None
        return caller.refusal

    @property
    def now_s(self) -> float:
        return self.desk.clock.now() / 1000

    def token(self, publisher: Publisher, **asked: Any) -> str:
        """Issued now, by the clock of the lobby."""
        return publisher.token(**{"now_s": self.now_s, **asked})


@asynccontextmanager
async def reading(desk: Desk, *issuers: Issuer) -> AsyncIterator[Reading]:
    authentication = Authentication(desk.credentials, desk.clock, issuers=issuers)
    await authentication.open()
    try:
        yield Reading(desk, authentication)
    finally:
        await authentication.close()

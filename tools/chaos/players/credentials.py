"""A player's credentials: one guest, signed in once, whose token is renewed throughout the run."""

from __future__ import annotations

import asyncio
from random import Random

from tools.chaos.evidence import Evidence
from tools.chaos.figures import Figures
from tools.chaos.json_value import Json
from tools.chaos.players.transport import Backoff, NoAnswer, RequestFailed, Transport


class Credentials:
    """`token` is valid until the server rejects it; `renew` then gets another one for the same player."""

    def __init__(self, name: str, transport: Transport, random: Random, figures: Figures, evidence: Evidence) -> None:
        self.name = name
        self.player_id = ""
        self.token = ""
        self._transport = transport
        self._random = random
        self._figures = figures
        self._evidence = evidence
        self._refresh_token = ""
        self._renewing = asyncio.Lock()

    async def sign_in(self) -> None:
        """Create a guest. A lost answer leaves a guest on the server that nobody uses."""
        self._store(await self._request("SignInAsGuest", {"input": {"displayName": self.name}}))

    async def renew(self, stale: str) -> None:
        """Get a new token, unless another task already replaced `stale`."""
        async with self._renewing:
            if self.token == stale:
                self._store(await self._request("RefreshCredentials", {"refreshToken": self._refresh_token}))
                self._figures.refreshed += 1

    async def _request(self, operation: str, variables: Json) -> Json:
        backoff = Backoff(self._random)
        while True:
            try:
                answer: Json = await self._transport.ask(operation, variables, None)
                if answer["__typename"] == "CredentialsGranted":
                    return answer
                self._check_rejection(operation, answer)
            except RequestFailed as failed:
                self._evidence.record_failure(f"{operation} of {self.name}: {failed}")
            except NoAnswer:
                pass  # asked again below
            await backoff.pause()

    def _check_rejection(self, operation: str, rejection: Json) -> None:
        if rejection["code"] != "UNAVAILABLE":
            self._evidence.record_failure(f"{operation} of {self.name}: {rejection['code']}")

    def _store(self, granted: Json) -> None:
        credentials = granted["credentials"]
        if self.player_id not in ("", credentials["player"]["id"]):
            self._evidence.record_failure(f"{self.player_id} became {credentials['player']['id']}")
        self.player_id = credentials["player"]["id"]
        self.token, self._refresh_token = credentials["accessToken"], credentials["refreshToken"]

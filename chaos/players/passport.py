"""Who a player is: signed in once, renewed for as long as the run lasts."""

from __future__ import annotations

import asyncio
from random import Random

from chaos.evidence.evidence import Evidence
from chaos.figures import Figures
from chaos.json_value import Json
from chaos.players.asking import NoAnswer, RequestRefused, Way
from chaos.players.backoff import Backoff


class Passport:
    """`token` is good until the server says otherwise; then `renew` gets another one for the same player."""

    def __init__(self, name: str, way: Way, chance: Random, figures: Figures, evidence: Evidence) -> None:
        self.name = name
        self.player_id = ""
        self.token = ""
        self._way = way
        self._chance = chance
        self._figures = figures
        self._evidence = evidence
        self._refresh_token = ""
        self._renewing = asyncio.Lock()

    async def sign_in(self) -> None:
        """An answer that is lost leaves a guest behind whom nobody ever hears of again."""
        self._take(await self._granted("SignInAsGuest", {"input": {"displayName": self.name}}))

    async def renew(self, stale: str) -> None:
        """Unless somebody else did so since the token `stale` was read."""
        async with self._renewing:
            if self.token == stale:
                self._take(await self._granted("RefreshCredentials", {"refreshToken": self._refresh_token}))
                self._figures.refreshed += 1

    async def _granted(self, operation: str, variables: Json) -> Json:
        backoff = Backoff(self._chance)
        while True:
            try:
                answer: Json = await self._way.ask(operation, variables, None)
                if answer["__typename"] == "CredentialsGranted":
                    return answer
                self._refused(operation, answer)
            except RequestRefused as refused:
                self._evidence.fault(f"{operation} of {self.name}: {refused}")
            except NoAnswer:
                pass  # asked again below
            await backoff.pause()

    def _refused(self, operation: str, rejection: Json) -> None:
        if rejection["code"] != "UNAVAILABLE":
            self._evidence.fault(f"{operation} of {self.name}: {rejection['code']}")

    def _take(self, granted: Json) -> None:
        credentials = granted["credentials"]
        if self.player_id not in ("", credentials["player"]["id"]):
            self._evidence.fault(f"{self.player_id} became {credentials['player']['id']}")
        self.player_id = credentials["player"]["id"]
        self.token, self._refresh_token = credentials["accessToken"], credentials["refreshToken"]

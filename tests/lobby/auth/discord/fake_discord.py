"""Discord's API as its documentation describes it, over real HTTP: a test says who has which code, and what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from lobby.auth.discord import DiscordSettings
from tests.serving import served

CLIENT_ID, CLIENT_SECRET = "157730590492196864", "the secret of the application"
DRIP_S = 0.05


class FakeDiscord:
    """`answers`: by path, an answer in place of the documented one."""

    def __init__(self) -> None:
        self.url = ""
        self.app = Starlette(
            routes=[
                Route("/oauth2/token", self._token, methods=["POST"]),
                Route("/users/@me", self._me),
                Route("/elsewhere", self._elsewhere, methods=["GET", "POST"]),
            ]
        )
        self._numbers = count(1)
        self.begin_anew()

    def begin_anew(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        """By code that is good for one use."""
        self.tokens: dict[str, dict[str, Any]] = {}
        self.scope = "identify"
        self.answers: dict[str, Response] = {}
        self.asked: list[str] = []
        self.user_agents: set[str] = set()

    def code(self, user_id: str = "80351110224678912", **more: Any) -> str:
        """A code that the user has just got."""
        code = f"code{next(self._numbers)}"
        self.users[code] = {
            "id": user_id,
            "username": "nelly",
            "discriminator": "0",
            "global_name": "Nelly",
            "avatar": None,
            "verified": True,
            "flags": 64,
            **more,
        }
        return code

    def settings(self, wait_s: float = 5.0, **more: Any) -> DiscordSettings:
        return DiscordSettings(
            **{"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "api_url": self.url} | more, wait_s=wait_s
        )

    async def _token(self, request: Request) -> Response:
        if (answer := self._noted(request)) is not None:
            return answer
        if request.headers["content-type"] != "application/x-www-form-urlencoded":
            return JSONResponse({"error": "invalid_request", "error_description": "Invalid content type"}, 400)
        form = dict(parse_qsl((await request.body()).decode()))
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        if form.get("grant_type") != "authorization_code":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        user = self.users.pop(form.get("code", ""), None)
        if user is None:
            return JSONResponse({"error": "invalid_grant", "error_description": 'Invalid "code" in request.'}, 400)
        token = f"token{next(self._numbers)}"
        self.tokens[token] = user
        return JSONResponse(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": 604800,
                "refresh_token": f"refresh {token}",
                "scope": self.scope,
            }
        )

    async def _me(self, request: Request) -> Response:
        if (answer := self._noted(request)) is not None:
            return answer
        user = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if user is None:
            return JSONResponse({"message": "401: Unauthorized", "code": 0}, 401)
        return JSONResponse(user)

    async def _elsewhere(self, request: Request) -> Response:
        self._noted(request)
        return JSONResponse(
            {"id": "1", "username": "mallory", "access_token": "x", "token_type": "Bearer", "scope": "identify"}
        )

    def _noted(self, request: Request) -> Response | None:
        self.asked.append(request.url.path)
        self.user_agents.add(request.headers["user-agent"])
        return self.answers.get(request.url.path)


def dripping(body: bytes) -> Response:
    """An answer of which each byte comes a moment after the last one."""

    async def drip() -> AsyncIterator[bytes]:
        for byte in body:
            await asyncio.sleep(DRIP_S)
            yield bytes([byte])

    return StreamingResponse(drip(), media_type="application/json")


def redirect(url: str) -> Response:
    return RedirectResponse(url, headers={"content-type": "application/json"})


@contextmanager
def discord_serving() -> Iterator[FakeDiscord]:
    discord = FakeDiscord()
    with served(discord.app) as discord.url:
        yield discord

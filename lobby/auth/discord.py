"""Signs players in with Discord: swaps the code of an authorization for a token, and asks whose token it is.

The shapes are from the documentation of Discord, "OAuth2: authorization code grant" and "Get Current User".
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import msgspec

from lobby.auth.accounts import Account, invalid_token
from lobby.auth.external_issuers import is_safe_url
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.text import displayable_name
from lobby.runtime.repeated_warning import RepeatedWarning
from lobby.struct import replace

log = logging.getLogger(__name__)

NAME = "discord"
API_URL = "https://discord.com/api/v10"
CODE_CHARS_MAX = 512
"""Codes of Discord have 30 characters."""
TOKEN_CHARS_MAX = 2_048
BODY_BYTES_MAX = 65_536
SIGN_INS_AT_ONCE_MAX = 64
"""Sign-ins of this node that wait for Discord. Further ones are refused, so that a slow Discord does not fill the memory."""
RETRY_AFTER_MAX_S = 60.0
SCOPE = "identify"
_USER_AGENT = "DiscordBot (AdventureBot2 lobby, 0.1)"
"""In the form that Discord's reference asks of every client of its API; requests without it may be blocked."""
_SUBJECT = re.compile(r"[0-9]{1,20}", re.ASCII)

_UNAVAILABLE = Rejection(RejectionCode.UNAVAILABLE, "Discord can't be asked now.", retryable=True)
_BAD_CODE = invalid_token("Discord does not accept this code (any more): authorize again.")
_NO_SCOPE = invalid_token(f"Authorize with the scope {SCOPE}.")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """The application at Discord, and how long one sign-in may take. Raises `ValueError` for an unsafe URL."""

    client_id: str
    client_secret: str
    api_url: str = API_URL
    wait_s: float = 5.0

    def __post_init__(self) -> None:
        if not is_safe_url(self.api_url):
            raise ValueError("LOBBY_DISCORD_API_URL must be https, or http of this machine")


class _Token(msgspec.Struct):
    access_token: str
    token_type: str
    scope: str


class _Error(msgspec.Struct):
    error: str


class _User(msgspec.Struct):
    id: str
    username: str
    global_name: str | None = None


class _BadAnswer(Exception):
    """Why an answer can't be used, for the log."""


class DiscordSignIn:
    """See `SignInProvider`. `token` is the code that the SDK's `authorize` gives, which is good for one sign-in."""

    def __init__(self, settings: DiscordSettings) -> None:
        import httpx  # at the first use: it is slow to import, and few servers need it

        self._settings = settings
        limits = httpx.Limits(max_connections=SIGN_INS_AT_ONCE_MAX, max_keepalive_connections=4)
        # this timeout is of each step; `verify` has one for the whole sign-in, which a slow server can't stretch
        self._client = httpx.AsyncClient(limits=limits, timeout=settings.wait_s, follow_redirects=False)
        self._running = 0
        self._warning = RepeatedWarning(log)

    async def close(self) -> None:
        await self._client.aclose()

    async def verify(self, token: str) -> Account | Rejection:
        if not 1 <= len(token) <= CODE_CHARS_MAX:
            return _BAD_CODE
        if self._running >= SIGN_INS_AT_ONCE_MAX:
            return replace(_UNAVAILABLE, message="Too many sign-ins with Discord at once.", retry_after_ms=1_000)
        import httpx

        self._running += 1
        try:
            async with asyncio.timeout(self._settings.wait_s):
                return await self._verify(token)
        except TimeoutError:
            self._warn(f"no answer within {self._settings.wait_s} s")
        except (httpx.HTTPError, httpx.InvalidURL, _BadAnswer) as error:
            self._warn(str(error) or type(error).__name__)
        finally:
            self._running -= 1
        return _UNAVAILABLE

    async def _verify(self, code: str) -> Account | Rejection:
        token = await self._swap(code)
        if isinstance(token, Rejection):
            return token
        if SCOPE not in token.scope.split():
            return _NO_SCOPE
        status, body, _ = await self._ask(
            "GET", "/users/@me", headers={"authorization": f"Bearer {token.access_token}"}
        )
        if status != HTTPStatus.OK:
            raise _BadAnswer(f"/users/@me answered {status}")
        user = _read(body, _User)
        if not _SUBJECT.fullmatch(user.id):
            raise _BadAnswer("/users/@me names no user")
        name = displayable_name(user.global_name) or displayable_name(user.username)
        return Account(NAME, user.id, name, provider_token=token.access_token)

    async def _swap(self, code: str) -> _Token | Rejection:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret,
        }
        status, body, retry_after_s = await self._ask("POST", "/oauth2/token", data=form)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            wait_s = min(retry_after_s or 1.0, RETRY_AFTER_MAX_S)
            self._warn("it limits the rate of this server")
            return replace(_UNAVAILABLE, retry_after_ms=round(wait_s * 1000))
        if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED):
            return self._read_refusal(_read(body, _Error).error)
        if status != HTTPStatus.OK:
            raise _BadAnswer(f"/oauth2/token answered {status}")
        token = _read(body, _Token)
        if token.token_type.lower() != "bearer" or not 1 <= len(token.access_token) <= TOKEN_CHARS_MAX:
            raise _BadAnswer("/oauth2/token answered no bearer token")
        return token

    def _read_refusal(self, error: str) -> Rejection:
        """The errors are those of RFC 6749, section 5.2."""
        if error in ("invalid_grant", "invalid_request"):
            return _BAD_CODE
        self._warn(f"it refuses this server ({error[:40]!r}): check LOBBY_DISCORD_CLIENT_ID and its secret")
        return replace(
            _UNAVAILABLE, retryable=False, message="The lobby can't sign in with Discord: tell its operator."
        )

    async def _ask(
        self, method: str, path: str, data: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, float | None]:
        """Status, body and the seconds of Retry-After. Raises `_BadAnswer` for an answer that is no JSON or is too long."""
        all_headers = {
            "accept": "application/json",
            "accept-encoding": "identity",  # a small compressed answer can be a very large one
            "user-agent": _USER_AGENT,
            **(headers or {}),
        }
        url = self._settings.api_url.rstrip("/") + path
        async with self._client.stream(method, url, data=data, headers=all_headers) as response:
            media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != "application/json":
                raise _BadAnswer(f"{path} answered {response.status_code} with the type {media_type[:40]!r}")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > BODY_BYTES_MAX:
                    raise _BadAnswer(f"{path} answered more than {BODY_BYTES_MAX} bytes")
            return response.status_code, bytes(body), _seconds(response.headers.get("retry-after", ""))

    def _warn(self, reason: str) -> None:
        self._warning.log("sign-in with Discord failed: %s", reason)


def _read(body: bytes, type_: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(body, type=type_)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise _BadAnswer(f"an answer has another form than documented: {error}"[:200]) from error


def _seconds(value: str) -> float | None:
    return float(value) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value, re.ASCII) else None

"""One request and its one answer, whichever way it goes."""

from __future__ import annotations

from typing import Any, Protocol

from chaos.json_value import Json

ANSWER_WAIT_S = 3.0
"""Then a player takes the request for lost; the server may still be at it."""


class NoAnswer(Exception):
    """The connection failed, or took too long. Nobody knows whether the server did anything."""


class NotSignedIn(NoAnswer):
    """The token had expired, so the server did nothing; there is a fresh one now."""


class RequestRefused(Exception):
    """Top-level errors: no rule of the lobby. `code` is that of the first."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class Way(Protocol):
    """A connection, or something that makes them."""

    @property
    def name(self) -> str:
        """As the figures call it."""

    async def ask(self, operation: str, variables: Json, token: str | None) -> Any:
        """The root field of the operation's answer. Raises `NoAnswer`, `RequestRefused`."""

    def token_expired(self) -> None:
        """The server said so."""


def root_field(payload: Any) -> Any:
    """Each document has one. Raises `RequestRefused` when the answer has errors, `NoAnswer` when it is none."""
    if not isinstance(payload, dict) or not payload.keys() & {"data", "errors"}:
        raise NoAnswer("what came is not an answer")
    errors = payload.get("errors")
    if errors:
        code = (errors[0].get("extensions") or {}).get("code", "without a code")
        raise RequestRefused(str(code), str(errors[0].get("message")))
    return next(iter(payload["data"].values()))

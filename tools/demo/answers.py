"""Answers of the server, and the errors that a client makes of them."""

from __future__ import annotations

from typing import Any

Answer = dict[str, Any]
"""A JSON object that the server sent; `client_queries/` says which fields it has."""


class NoAnswer(Exception):
    """The server cannot be reached, the connection was lost, or the answer is not that of a lobby server."""


class RequestFailed(Exception):
    """Top-level GraphQL errors: a malformed request, missing credentials or an internal error, but no rule of the lobby.

    `code` is that of the first error.
    """

    def __init__(self, errors: list[Answer]) -> None:
        super().__init__("; ".join(str(error.get("message")) for error in errors))
        self.code = str((errors[0].get("extensions") or {}).get("code")) if errors else "UNKNOWN"


class Rejected(Exception):
    """A rule of the lobby rejected the mutation. `code` is stable, the message is for people."""

    def __init__(self, rejection: Answer) -> None:
        super().__init__(f"{rejection['code']}: {rejection['message']}")
        self.code = str(rejection["code"])
        self.retry_after_s: float | None = None
        if rejection["retryable"] and rejection["retryAfterMs"] is not None:
            self.retry_after_s = rejection["retryAfterMs"] / 1000


class Unexpected(Exception):
    """The server did not do what its rules say."""


def only_field(payload: Answer) -> Any:
    """The value of the root field: each document has one. Raises `RequestFailed` if there are errors."""
    errors, data = payload.get("errors"), payload.get("data")
    if errors or not data:
        raise RequestFailed(errors or [{"message": "The answer has no data."}])
    return next(iter(data.values()))


def or_raise(answer: Answer) -> Answer:
    """The answer of an accepted mutation. Raises `Rejected` for a Rejection."""
    if answer["__typename"] == "Rejection":
        raise Rejected(answer)
    return answer


def expect(holds: object, rule: str) -> None:
    """Raises `Unexpected` with the rule unless it holds."""
    if not holds:
        raise Unexpected(f"expected that {rule}")

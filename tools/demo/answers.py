"""What comes back from the server, and the ways in which it can be a no."""

from __future__ import annotations

from typing import Any

Answer = dict[str, Any]
"""A JSON object as the server sent it; `client_queries/` says what is in it."""


class NoAnswer(Exception):
    """The server can't be reached, went away, or what answers is not a lobby server."""


class RequestFailed(Exception):
    """Top-level GraphQL errors: no rule of the lobby, but a malformed request, no credentials or a fault.

    `code` is that of the first one.
    """

    def __init__(self, errors: list[Answer]) -> None:
        super().__init__("; ".join(str(error.get("message")) for error in errors))
        self.code = str((errors[0].get("extensions") or {}).get("code")) if errors else "UNKNOWN"


class Refused(Exception):
    """The lobby's rules said no. `code` is stable, the message is for people."""

    def __init__(self, rejection: Answer) -> None:
        super().__init__(f"{rejection['code']}: {rejection['message']}")
        self.code = str(rejection["code"])
        self.retry_after_s: float | None = None
        if rejection["retryable"] and rejection["retryAfterMs"] is not None:
            self.retry_after_s = rejection["retryAfterMs"] / 1000


class Unexpected(Exception):
    """The server did something else than its rules say."""


def only_field(payload: Answer) -> Any:
    """The value of the one root field that each of our documents has. Raises `RequestFailed` when there are errors."""
    errors, data = payload.get("errors"), payload.get("data")
    if errors or not data:
        raise RequestFailed(errors or [{"message": "The answer has no data."}])
    return next(iter(data.values()))


def accepted(answer: Answer) -> Answer:
    """The answer of a mutation that went through. Raises `Refused` for a Rejection."""
    if answer["__typename"] == "Rejection":
        raise Refused(answer)
    return answer


def expect(holds: object, rule: str) -> None:
    """Raises `Unexpected` with the rule, if it does not hold."""
    if not holds:
        raise Unexpected(f"expected that {rule}")

"""How a failed request is answered: problem details (RFC 9457), and the HTTP status of every code, in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lobby.app.command_handler import UNAVAILABLE
from lobby.app.errors import (
    BAD_REQUEST,
    INTERNAL,
    LIMIT_EXCEEDED,
    NOT_FOUND,
    UNAUTHENTICATED,
    CallerError,
)
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import PlayerId
from lobby.ports import Unavailable
from schema import results
from web.graphql.execution.documents import TooBusy
from web.http.callers import RejectedCommand
from web.http.request import HTTPError
from web.views import ApiModel, PartyModel, view

MEDIA_TYPE = "application/problem+json"

STATUS_OF_REJECTION = {
    RejectionCode.INVALID_INPUT: 400,
    RejectionCode.INVALID_CREDENTIALS: 401,
    RejectionCode.WRONG_PASSWORD: 403,
    RejectionCode.BANNED: 403,
    RejectionCode.KICK_COOLDOWN: 403,
    RejectionCode.NOT_MEMBER: 403,
    RejectionCode.NOT_LEADER: 403,
    RejectionCode.NOT_HOST: 403,
    RejectionCode.NOT_INVITED: 403,
    RejectionCode.MUTED: 403,
    RejectionCode.PLAYER_BANNED: 403,
    RejectionCode.NOT_FOUND: 404,
    RejectionCode.PARTY_FULL: 409,
    RejectionCode.WAITING_FULL: 409,
    RejectionCode.VERSION_MISMATCH: 409,
    RejectionCode.TEAM_FULL: 409,
    RejectionCode.TEAM_EMPTY: 409,
    RejectionCode.PARTY_STARTING: 409,
    RejectionCode.LATE_JOIN_DENIED: 409,
    RejectionCode.ALREADY_IN_PARTY: 409,
    RejectionCode.NOT_READY: 409,
    RejectionCode.SETTINGS_CHANGED: 409,
    RejectionCode.CLASS_TAKEN: 409,
    RejectionCode.TOO_FEW_MEMBERS: 409,
    RejectionCode.SESSION_NOT_ACTIVE: 409,
    RejectionCode.HOST_CHANGED: 409,
    RejectionCode.TICKET_SPENT: 409,
    RejectionCode.CHECKPOINT_MISSING: 409,
    RejectionCode.ALREADY_CONTINUED: 409,
    RejectionCode.SEARCHING: 409,
    RejectionCode.IDENTITY_TAKEN: 409,
    RejectionCode.VERSION_CONFLICT: 409,
    RejectionCode.PARTY_CLOSED: 410,
    RejectionCode.INVITE_GONE: 410,
    RejectionCode.MATCH_GONE: 410,
    RejectionCode.IDEMPOTENCY_KEY_REUSED: 422,  # as in the IETF's draft on the Idempotency-Key header
    RejectionCode.PARTY_LOCKED: 423,
    RejectionCode.NOT_ALLOWED: 422,
    RejectionCode.RATE_LIMITED: 429,
    RejectionCode.MAINTENANCE: 503,
    RejectionCode.UNAVAILABLE: 503,
}
"""The status of each rejection."""

UNKNOWN_REJECTION_STATUS = 409
"""The status of a code that is newer than the table."""

FORBIDDEN, METHOD_NOT_ALLOWED = "FORBIDDEN", "METHOD_NOT_ALLOWED"

STATUS_OF_ERROR = {
    BAD_REQUEST: 400,
    UNAUTHENTICATED: 401,
    FORBIDDEN: 403,
    NOT_FOUND: 404,
    METHOD_NOT_ALLOWED: 405,
    INTERNAL: 500,
}
"""The status of each code that is no rejection."""

CODE_OF_HTTP_ERROR = {408: "REQUEST_TIMEOUT", 413: LIMIT_EXCEEDED, 414: LIMIT_EXCEEDED, 415: "UNSUPPORTED_MEDIA_TYPE"}
"""The code of each `HTTPError`: of requests that are refused before they reach a route."""


def codes_of(status: int) -> list[str]:
    """All codes that a problem of this status may have."""
    codes = [code.value for code, of in STATUS_OF_REJECTION.items() if of == status]
    codes += [code for code, of in STATUS_OF_ERROR.items() if of == status]
    codes += [code for of, code in CODE_OF_HTTP_ERROR.items() if of == status]
    return list(dict.fromkeys(codes))  # in this order, each once


class Problem(ApiModel):
    """Why nothing changed. Programs use `code`, which is the same as in GraphQL."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(description="What the status means.", examples=["Conflict"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["PARTY_FULL"])
    detail: str = Field(description="For people; the text may change.", examples=["The party is full."])
    field: str | None = Field(
        None, description="The rejected input field, such as settings.max_members.", examples=[None]
    )
    retryable: bool = Field(False, description="Whether the same request may succeed later.", examples=[True])
    retryAfterMs: int | None = Field(None, examples=[None])
    attemptsLeft: int | None = Field(None, examples=[None])
    requiredVersion: str | None = Field(
        None, description="With VERSION_MISMATCH: the version of the game that the party needs.", examples=[None]
    )
    requestId: str | None = Field(None, description="Finds the error in the server's log; set if the server failed.")
    current: PartyModel | None = Field(None, description="The party as it is now, if the caller may see it.")

    def response(self) -> Response:
        headers = {}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        if self.retryAfterMs is not None:
            headers["Retry-After"] = str(ceil(self.retryAfterMs / 1000))
        return Response(self.model_dump_json(), self.status, headers, MEDIA_TYPE)


def problem(status: int, code: str, detail: str, field: str | None = None) -> Problem:
    return Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, field=field)


def rejection_problem(rejection: Rejection, viewer: PlayerId | None) -> Problem:
    """A rejection as `viewer` sees it."""
    status = STATUS_OF_REJECTION.get(rejection.code, UNKNOWN_REJECTION_STATUS)
    current = results.Rejection.of(rejection, viewer).current
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=rejection.code.value,
        detail=rejection.message,
        field=rejection.field,
        retryable=rejection.retryable,
        retryAfterMs=rejection.retry_after_ms,
        attemptsLeft=rejection.attempts_left,
        requiredVersion=rejection.required_version,
        current=PartyModel.model_validate(view(current)) if current is not None else None,
    )


def http_error_response(error: HTTPError) -> Response:
    """The response to a request that is refused before it reaches its route."""
    response = problem(error.status, error.code, error.message).response()
    response.raw_headers.extend(error.headers)
    return response


def internal_error_response(message: str, request_id: str) -> Response:
    """The response to a request in which the server failed. `message` says nothing about the failure itself."""
    masked = problem(STATUS_OF_ERROR[INTERNAL], INTERNAL, message)
    return masked.model_copy(update={"requestId": request_id}).response()


def add_error_handlers(app: FastAPI) -> None:
    """Have `app` answer with problems. Unexpected exceptions are left to `RequestGuard`, which logs them."""
    problem_of: dict[type[Exception], Callable[[Any], Problem]] = {
        RejectedCommand: lambda error: rejection_problem(error.rejection, error.viewer),
        CallerError: lambda error: problem(STATUS_OF_ERROR.get(error.code, 400), error.code, error.message),
        RequestValidationError: _validation_problem,
        HTTPException: _routing_problem,
        Unavailable: lambda _: rejection_problem(UNAVAILABLE, None),
        TooBusy: lambda _: rejection_problem(UNAVAILABLE, None),
    }
    for exception, make_problem in problem_of.items():
        app.add_exception_handler(exception, _handler(make_problem))


def _handler(make_problem: Callable[[Any], Problem]) -> Callable[[Request, Exception], Awaitable[Response]]:
    # Starlette would call a plain function in a thread.
    async def handle(request: Request, error: Exception) -> Response:
        response = make_problem(error).response()
        response.headers.update(getattr(error, "headers", None) or {})
        return response

    return handle


def _routing_problem(error: HTTPException) -> Problem:
    """The problem for a path or a method that does not exist."""
    codes = {STATUS_OF_ERROR[code]: code for code in (NOT_FOUND, METHOD_NOT_ALLOWED)}
    return problem(error.status_code, codes.get(error.status_code, BAD_REQUEST), str(error.detail))


def _validation_problem(error: RequestValidationError) -> Problem:
    """The first invalid field. Its value is not repeated, since it may hold a password."""
    first = error.errors()[0]
    path = [str(part) for part in first["loc"] if not isinstance(part, int) or first["type"] != "json_invalid"]
    field = ".".join(path[1:]) or None
    code = RejectionCode.INVALID_INPUT
    return problem(STATUS_OF_REJECTION[code], code.value, f"{first['msg']}.", field)

"""Every way in which a request fails, and the problem that it is answered with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lobby.http.callers import Refused
from lobby.http.rest.problems import Problem, problem, rejected
from lobby.http.rest.statuses import OF_CALLER_ERROR
from lobby.operations.errors import BAD_REQUEST, CallerError
from lobby.ports import Unavailable
from lobby.service import UNAVAILABLE

INVALID_INPUT = "INVALID_INPUT"
_CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


def answer_faults(app: FastAPI) -> None:
    """Have `app` answer problems. What is nobody's mistake but ours is left to the gate in front of it."""
    answers: dict[type[Exception], Callable[[Any], Problem]] = {
        Refused: lambda error: rejected(error.rejection, error.viewer),
        CallerError: _caller_error,
        RequestValidationError: _not_valid,
        HTTPException: _http,
        Unavailable: lambda _: rejected(UNAVAILABLE, None),
    }
    for kind, of in answers.items():
        app.add_exception_handler(kind, _answering(of))


def _answering(of: Callable[[Any], Problem]) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        response = of(error).response()
        response.headers.update(getattr(error, "headers", None) or {})
        return response

    return answer


def _caller_error(error: CallerError) -> Problem:
    return problem(OF_CALLER_ERROR.get(error.code, 400), error.code, error.message)


def _http(error: HTTPException) -> Problem:
    return problem(error.status_code, _CODES.get(error.status_code, BAD_REQUEST), str(error.detail))


def _not_valid(error: RequestValidationError) -> Problem:
    """The first thing that is wrong; what was sent is not repeated, since it may hold a password."""
    first = error.errors()[0]
    where = [str(part) for part in first["loc"] if not isinstance(part, int) or first["type"] != "json_invalid"]
    field = ".".join(where[1:]) or None
    return problem(400, INVALID_INPUT, f"{first['msg']}.", field)

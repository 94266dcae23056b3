"""What a request that came to nothing is answered: problem details, as RFC 9457 has them."""

from __future__ import annotations

from http import HTTPStatus
from math import ceil

from pydantic import Field
from starlette.responses import Response

from lobby.domain.rejections import Rejection
from lobby.domain.standing import can_see
from lobby.domain.values import PlayerId
from lobby.http.rest.statuses import OF_REJECTION, OTHERWISE
from lobby.http.shown.party import Party
from lobby.http.shown.shape import Shape

MEDIA_TYPE = "application/problem+json"


class Problem(Shape):
    """Why nothing happened. Programs go by `code`; it is the same one as in GraphQL."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(description="What the status means.", examples=["Conflict"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["PARTY_FULL"])
    detail: str = Field(description="For people; it may change.", examples=["The party is full."])
    field: str | None = Field(None, description="The input at fault, such as settings.max_members.", examples=[None])
    retryable: bool = Field(False, description="Whether the same request may succeed later.", examples=[True])
    retryAfterMs: int | None = Field(None, examples=[None])
    attemptsLeft: int | None = Field(None, examples=[None])
    requestId: str | None = Field(None, description="For the log, where the fault is the server's.")
    current: Party | None = Field(None, description="The party as it stands, where the caller may see it.")

    def response(self) -> Response:
        headers = {}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        if self.retryAfterMs is not None:
            headers["Retry-After"] = str(ceil(self.retryAfterMs / 1000))
        return Response(self.model_dump_json(), self.status, headers, MEDIA_TYPE)


def problem(status: int, code: str, detail: str, field: str | None = None) -> Problem:
    return Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, field=field)


def rejected(rejection: Rejection, viewer: PlayerId | None) -> Problem:
    """A rule's no, as `viewer` is told it."""
    status = OF_REJECTION.get(rejection.code, OTHERWISE)
    current = rejection.current
    is_shown = current is not None and can_see(current, viewer)
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=rejection.code.value,
        detail=rejection.message,
        field=rejection.field,
        retryable=rejection.retryable,
        retryAfterMs=rejection.retry_after_ms,
        attemptsLeft=rejection.attempts_left,
        current=Party.seen_by(viewer, current) if current is not None and is_shown else None,
    )

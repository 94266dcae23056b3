"""Finds the player who sends a REST request, and declares the parameters that several routes have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Header, Path, Query, Request

from lobby.auth.caller import ID_CHARS_MAX, is_open_guest
from lobby.domain.model import Party
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode, invalid
from lobby.domain.values import PartyId
from resolvers.context import Context
from resolvers.mutation_helpers import KEY_CHARS_MAX
from web.connections.connection_limits import address_of
from web.http.callers import CallerResolver, RejectedCommand
from web.http.origins import refuse_origin
from web.http.request import HTTPError, header
from web.rest.bodies import PLAYER_ID
from web.rest.errors import FORBIDDEN
from web.rest.request_guard import request_id

OriginCheck = Callable[[str | None, str | None], bool]
"""Takes the headers Origin and Host. True if a page of this origin may send requests to this host."""


class RestAuth:
    """Makes the context of a request from its token or its player_id."""

    def __init__(self, callers: CallerResolver, may_come_from: OriginCheck) -> None:
        self._callers = callers
        self._may_come_from = may_come_from

    def anyone(self, request: Request) -> Context:
        """The caller, where no credentials are needed."""
        return self._callers.caller_context(_authorization(request), request_id(request), address_of(request.scope))

    def player(self, request: Request, in_query: str | None, in_body: str | None = None) -> Context:
        """The player of the token, or of player_id. Raises `CallerError` (401), `RejectedCommand`, or `HTTPError` (403)."""
        self.expect_someone(request)
        player_id = either("player_id", in_query, in_body)
        return self._callers.player_context(
            _authorization(request), player_id, request_id(request), address_of(request.scope)
        )

    def player_or_nobody(self, request: Request, in_query: str | None, in_body: str | None = None) -> Context:
        """The same, but on an open server the request may name no player."""
        if self._is_open(request) and in_query is None and in_body is None:
            return self.anyone(request)
        return self.player(request, in_query, in_body)

    def expect_someone(self, request: Request) -> None:
        """Check the credentials before anything else of the request. Raises as `player` does."""
        if not self._is_open(request):
            self.anyone(request).player()

    async def leader(self, request: Request, party_id: PartyId, in_query: str | None, in_body: str | None) -> Context:
        """The player who starts a session. If the request names no player, it is the guest who leads the party."""
        context = self.player_or_nobody(request, in_query, in_body)
        if context.caller.player is not None or not self._is_open(request):
            return context
        party = await context.services.query_service.party(party_id, None)
        rejection = _reject_open_leader(party)
        if party is None or party.leader is None or rejection is not None:
            raise RejectedCommand(rejection or NOT_FOUND)
        return self._callers.guest_context(party.leader.player, request_id(request), address_of(request.scope))

    def _is_open(self, request: Request) -> bool:
        """True if the request needs no credentials. It must not come from a web page of a foreign origin. Raises `HTTPError`."""
        if not self._callers.accepts_without_token(_authorization(request)):
            return False
        origin, host = (header(request.scope, name) for name in (b"origin", b"host"))
        if not self._may_come_from(origin, host):
            raise HTTPError(403, FORBIDDEN, refuse_origin(origin, host))
        return True


def _reject_open_leader(party: Party | None) -> Rejection | None:
    """The rejection of a start that names no player; None if a guest leads the party."""
    if party is None:
        return NOT_FOUND
    if party.leader_id is None:
        return Rejection(RejectionCode.TOO_FEW_MEMBERS, "Nobody is in the party yet.", retryable=True, current=party)
    if not is_open_guest(party.leader_id):
        return Rejection(
            RejectionCode.NOT_LEADER, "The leader of this party must start the session with a token.", current=party
        )
    return None


def _authorization(request: Request) -> str | None:
    return header(request.scope, b"authorization")


# Parameters of several routes.

ID_TEXT_CHARS_MAX = CURSOR_CHARS_MAX = 256
"""No id, code or cursor in a path or in the query is longer."""

PartyPath = Annotated[str, Path(max_length=ID_TEXT_CHARS_MAX, description="The party's id.")]
PartyOrCodePath = Annotated[str, Path(max_length=ID_TEXT_CHARS_MAX, description="The party's id, or its join code.")]
SessionPath = Annotated[str, Path(max_length=ID_TEXT_CHARS_MAX, description="The session's id.")]
PlayerIdQuery = Annotated[str | None, Query(max_length=ID_CHARS_MAX, description=PLAYER_ID)]
PartyIdQuery = Annotated[str | None, Query(max_length=ID_TEXT_CHARS_MAX, description="The party's id.")]
KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=KEY_CHARS_MAX,
        description="A UUID that the client makes. The same request with the same key, sent again, changes nothing more.",
    ),
]


def either(field: str, in_query: str | None, in_body: str | None) -> str | None:
    """A field that may stand in the query or in the body. Raises `RejectedCommand` if the two differ."""
    if in_query is not None and in_body is not None and in_query != in_body:
        raise RejectedCommand(invalid(field, "The query and the body have different values."))
    return in_body if in_query is None else in_query

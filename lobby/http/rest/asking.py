"""Who asks, as a request of REST says it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request

from lobby.auth.open_guests import is_open_guest
from lobby.domain.model import Party
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.values import PartyId
from lobby.http.address import address_of
from lobby.http.callers import Callers, Refused
from lobby.http.headers import header
from lobby.http.refusal import Refusal
from lobby.http.rest.gate import request_id
from lobby.http.rest.parameters import either
from resolvers.context import Context

OriginCheck = Callable[[str | None, str | None], bool]
"""Whether a page of an origin may speak to this server, which it called by that host."""


class Asking:
    """Reads it off requests."""

    def __init__(self, callers: Callers, may_come_from: OriginCheck) -> None:
        self._callers = callers
        self._may_come_from = may_come_from

    def anyone(self, request: Request) -> Context:
        """Whoever asks, where no credentials are needed."""
        return self._callers.anyone(_authorization(request), request_id(request), address_of(request.scope))

    def player(self, request: Request, in_query: str | None, in_body: str | None = None) -> Context:
        """The player; the two: the player_id, wherever it stands. Raises `CallerError` (401), `Refused`, or `Refusal` (403)."""
        self.expect_someone(request)
        player_id = either("player_id", in_query, in_body)
        return self._callers.player(_authorization(request), player_id, request_id(request), address_of(request.scope))

    def player_or_nobody(self, request: Request, in_query: str | None, in_body: str | None = None) -> Context:
        """The same, but on an open server the request may leave it open who asks."""
        if self._is_open(request) and in_query is None and in_body is None:
            return self.anyone(request)
        return self.player(request, in_query, in_body)

    def expect_someone(self, request: Request) -> None:
        """Who is not let in is told so, ahead of whatever else is wrong. Raises as `player` does."""
        if not self._is_open(request):
            self.anyone(request).player()

    async def leader(self, request: Request, party_id: PartyId, in_query: str | None, in_body: str | None) -> Context:
        """Who starts a session: where the request leaves it open, the guest who leads the party."""
        context = self.player_or_nobody(request, in_query, in_body)
        if context.caller.player is not None or not self._is_open(request):
            return context
        party = await context.services.reader.party(party_id, None)
        refusal = _no_open_leader(party)
        if party is None or party.leader is None or refusal is not None:
            raise Refused(refusal or NOT_FOUND)
        return self._callers.acting(party.leader.player, request_id(request), address_of(request.scope))

    def _is_open(self, request: Request) -> bool:
        """Whether the request needs no credentials. Then it must not be some page elsewhere that a player happens to visit."""
        if not self._callers.takes_as_open(_authorization(request)):
            return False
        origin, host = (header(request.scope, name) for name in (b"origin", b"host"))
        if not self._may_come_from(origin, host):
            raise Refusal(403, "FORBIDDEN", "Pages of this origin are not let in (LOBBY_ALLOWED_ORIGINS).")
        return True


def _no_open_leader(party: Party | None) -> Rejection | None:
    """Why nobody in particular can't start a session; None where a guest leads."""
    if party is None:
        return NOT_FOUND
    if party.leader_id is None:
        return Rejection(RejectionCode.TOO_FEW_MEMBERS, "Nobody is in the party yet.", retryable=True, current=party)
    if not is_open_guest(party.leader_id):
        return Rejection(RejectionCode.NOT_LEADER, "The leader starts it, signed in as such.", current=party)
    return None


def _authorization(request: Request) -> str | None:
    return header(request.scope, b"authorization")

"""Starting sessions, and looking at them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from lobby.domain import commands
from lobby.domain.listing import SessionFilter
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.standing import Standing, standing
from lobby.domain.values import PlayerId
from lobby.http.callers import Refused
from lobby.http.rest.answers import SessionMade, SessionSeen
from lobby.http.rest.asking import Asking
from lobby.http.rest.bodies import TEXT_CHARS_MAX, StartSession
from lobby.http.rest.documented import CHANGES, OPEN_TO_ALL, READS, documented
from lobby.http.rest.outcomes import accepted, bound, changed, ticket
from lobby.http.rest.parameters import KeyHeader, PartyIdQuery, PlayerIdQuery, SessionPath, either
from lobby.http.shown.session import Session, Ticket
from lobby.http.shown.shape import time_or_none, word
from lobby.mint import new_id
from lobby.ports import BadPageCursor
from lobby.reader import SeenSession
from resolvers.reading_input import PAGE_MAX

_NO_SESSION = Rejection(RejectionCode.NOT_FOUND, "There is no such session.", field="session_id")


class SessionRoutes:
    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self.router = APIRouter(tags=["sessions"])
        route = self.router.add_api_route
        route(
            "/session",
            self.start,
            methods=["POST"],
            **documented("start_session", CHANGES, "session_id", ("show_session",)),
        )
        route("/session/{session_id}", self.show, methods=["GET"], **documented("show_session", READS))
        route("/sessions", self.active, methods=["GET"], **documented("list_sessions", OPEN_TO_ALL))

    async def start(
        self,
        request: Request,
        body: StartSession | None = None,
        party_id: PartyIdQuery = None,
        player_id: PlayerIdQuery = None,
        idempotency_key: KeyHeader = None,
    ) -> SessionMade:
        """Create a new dungeon session for a party: its leader's countdown begins. While one is starting or running, it is
        that one."""
        self._asking.expect_someone(request)
        body = body or StartSession()
        party_id = either("party_id", party_id, body.party_id)
        if party_id is None:
            raise Refused(invalid("party_id", "Say which party."))
        context = await self._asking.leader(request, party_id, player_id, body.player_id)
        once = bound(context, f"POST /session {party_id}", body.said(), idempotency_key)
        command = commands.StartSession(context.player(), new_id(), body.force)
        done = accepted(await context.services.lobby.execute(party_id, command, once), context)
        session = done.party.shown_session
        assert session is not None, "a session that was started is there to show"
        return SessionMade(
            **changed(done, context),
            session_id=session.id,
            status=word(session.status),
            starts_at=time_or_none(done.party.starts_at),
            ticket=await ticket(done, context),
        )

    async def show(self, request: Request, session_id: SessionPath, player_id: PlayerIdQuery = None) -> SessionSeen:
        """A session's details, with its players and its status."""
        context = self._asking.player_or_nobody(request, player_id)
        seen = await context.services.reader.session(session_id, context.viewer)
        if seen is None:
            raise Refused(_NO_SESSION)
        own = await context.ticket(seen.party.id, session_id)
        return SessionSeen(**Session.facts(seen.session, _standing(seen, context.viewer)), ticket=Ticket.of(own))

    async def active(
        self,
        request: Request,
        response: Response,
        first: Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many at most.")] = PAGE_MAX,
        after: Annotated[str | None, Query(max_length=TEXT_CHARS_MAX, description="From the last page's Link.")] = None,
    ) -> list[Session]:
        """All active sessions, newest first. Where there are more, a Link header with rel="next" leads to the next page."""
        context = self._asking.anyone(request)
        try:
            page = await context.services.reader.sessions(SessionFilter(), first, after, context.viewer)
        except BadPageCursor:
            raise Refused(invalid("after", "No cursor of this list.")) from None
        if page.has_next:
            query = urlencode({"first": first, "after": page.cursors[-1]})
            response.headers["link"] = f'</sessions?{query}>; rel="next"'
        return [Session.of(seen.session, _standing(seen, context.viewer)) for seen in page.items]


def _standing(seen: SeenSession, viewer: PlayerId | None) -> Standing:
    return standing(seen.party, viewer, seen.session)

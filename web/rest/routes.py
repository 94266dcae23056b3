"""The REST routes of parties and sessions, and how they are added to the application."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Request, Response

from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.app.join_service import JoinTarget
from lobby.domain import commands
from lobby.domain.invites import party_of_invite
from lobby.domain.listing import SessionFilter
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode, invalid
from lobby.domain.rules.invites import NO_INVITE
from lobby.ports import BadPageCursor
from lobby.runtime.ids import SEED_BITS, new_id, new_random_bits, read_join_code
from lobby.runtime.turns import Turns
from resolvers.context import Context
from resolvers.inputs import PAGE_SIZE_MAX
from schema.lists import session_of
from schema.party import Party
from schema.scalars_and_enums import format_time
from schema.session import SessionTicket
from web.graphql.execution.result import encode_json
from web.http.callers import CallerResolver, RejectedCommand
from web.http.origins import Origins
from web.http.request import HTTPLimits
from web.rest.auth import (
    CURSOR_CHARS_MAX,
    KeyHeader,
    PartyIdQuery,
    PartyOrCodePath,
    PartyPath,
    PlayerIdQuery,
    RestAuth,
    SessionPath,
    either,
)
from web.rest.bodies import (
    CreateParty,
    JoinParty,
    LeaveParty,
    PartyCreated,
    PartyJoined,
    PartyLeft,
    SessionDetails,
    SessionStarted,
    StartSession,
    bind_key,
    changed_fields,
    or_raise,
    ticket_of,
)
from web.rest.errors import add_error_handlers
from web.rest.openapi import CHANGES, OPEN_TO_ALL, READS, add_document, documented
from web.rest.request_guard import RequestGuard
from web.views import PartyModel, SessionModel, view, word

DESCRIPTION = (
    "Parties and sessions over plain HTTP, under the same rules as over GraphQL. `/updates` is the WebSocket beside it. "
    "docs/rest.md and docs/updates.md explain both."
)
OPEN_NOTICE = (
    "REST and /updates are open (LOBBY_OPEN_REST): every client that reaches this port can act as any player_id, create "
    "parties, and start sessions as the leader of guests' parties. For trusted networks only."
)


def add_rest_routes(
    app: FastAPI, callers: CallerResolver, origins: Origins, turns: Turns, limits: HTTPLimits | None = None
) -> None:
    """`turns`: those of the server.

    The routes are added to the application itself. FastAPI 0.165 builds the routes of a router that is included during the first
    request, for which everybody waited 30 ms.
    """
    app.description = DESCRIPTION
    auth = RestAuth(callers, origins.may_connect)
    PartyRoutes(auth).add_to(app)
    SessionRoutes(auth, (limits or HTTPLimits()).answer_bytes_max, turns).add_to(app)
    add_error_handlers(app)
    add_document(app, callers.is_open)
    app.add_middleware(RequestGuard, limits, callers.wait_for_issuer)
    app.add_middleware(origins.with_cors)


_OPERATIONS_ON_PARTIES = ("show_party", "join_party", "leave_party", "start_session")
"""The operations that take the id of a party that was created."""


class PartyRoutes:
    def __init__(self, auth: RestAuth) -> None:
        self._auth = auth

    def add_to(self, app: FastAPI) -> None:
        route = partial(app.add_api_route, tags=["parties"])
        route(
            "/party",
            self.create,
            methods=["POST"],
            **documented("create_party", CHANGES, "party_id", _OPERATIONS_ON_PARTIES),
        )
        route("/party/{party_id}", self.show, methods=["GET"], **documented("show_party", READS))
        route("/party/{party_id}/join", self.join, methods=["POST"], **documented("join_party", CHANGES))
        route("/party/{party_id}/leave", self.leave, methods=["POST"], **documented("leave_party", CHANGES))

    async def create(
        self,
        request: Request,
        body: CreateParty | None = None,
        player_id: PlayerIdQuery = None,
        idempotency_key: KeyHeader = None,
    ) -> PartyCreated:
        """Create a new party. Its creator leads it. On an open server, a party without a creator is led by the first to join."""
        body = body or CreateParty()
        context = self._auth.player_or_nobody(request, player_id, body.player_id)
        command = commands.CreateParty(
            context.caller.player,
            body.settings.patch(),
            body.attribute_changes(),
            body.character_class,
            client_version=body.client_version,
        )
        key = bind_key(context, "POST /party", body.payload(), idempotency_key)
        outcome = await context.services.join_service.create(command, body.leave_current, key)
        result = or_raise(outcome, context)
        return PartyCreated(**changed_fields(result, context), join_code=result.party.join_code)

    async def show(self, request: Request, party_id: PartyPath, player_id: PlayerIdQuery = None) -> PartyModel:
        """A party, as far as the caller may see it."""
        context = self._auth.player_or_nobody(request, player_id)
        party = await context.services.query_service.party(party_id, context.viewer)
        if party is None:
            raise RejectedCommand(NOT_FOUND, context)
        return PartyModel.model_validate(view(Party.of(party, context.viewer)))

    async def join(
        self,
        request: Request,
        party_id: PartyOrCodePath,
        body: JoinParty | None = None,
        player_id: PlayerIdQuery = None,
        idempotency_key: KeyHeader = None,
    ) -> PartyJoined:
        """Add the player to a party, or to its waiting list. If the player is there already, nothing changes."""
        body = body or JoinParty()
        context = self._auth.player(request, player_id, body.player_id)
        command = commands.JoinParty(
            context.player(),
            password=body.password,
            character_class=body.character_class,
            client_version=body.client_version,
            wait=body.wait,
            invite_id=body.invite_id,
        )
        key = bind_key(context, f"POST /party/{party_id}/join", body.payload(), idempotency_key)
        outcome = await self._join(context, party_id, command, body.leave_current, key)
        result = or_raise(outcome, context)
        status = "joined" if result.party.member(command.actor.id) is not None else "waiting"
        return PartyJoined(**changed_fields(result, context), status=status, ticket=await ticket_of(result, context))

    async def leave(
        self,
        request: Request,
        party_id: PartyPath,
        body: LeaveParty | None = None,
        player_id: PlayerIdQuery = None,
        idempotency_key: KeyHeader = None,
    ) -> PartyLeft:
        """Remove the player from a party. When the last member leaves, the party closes."""
        body = body or LeaveParty()
        context = self._auth.player(request, player_id, body.player_id)
        key = bind_key(context, f"POST /party/{party_id}/leave", body.payload(), idempotency_key)
        command = commands.LeaveParty(context.player())
        result = or_raise(await context.services.handler.execute(party_id, command, key), context)
        return PartyLeft(**changed_fields(result, context))

    async def _join(
        self,
        context: Context,
        party_id: str,
        command: commands.JoinParty,
        leave_current: bool,
        key: IdempotencyKey | None,
    ) -> CommandResult | Rejection:
        if command.invite_id is None:
            target = _target(party_id, context.address)
            return await context.services.join_service.join(target, command, leave_current, key)
        if party_of_invite(command.invite_id) != party_id:
            return NO_INVITE
        return await context.services.invite_service.accept(command, leave_current, key)


def _target(party: str, address: str) -> JoinTarget:
    """The party by its id or by its join code. An id is a UUID and a code has six characters, so they differ."""
    code = read_join_code(party)
    return JoinTarget(party_id=party) if code is None else JoinTarget(join_code=party, address=address)


_NO_SESSION = Rejection(RejectionCode.NOT_FOUND, "There is no such session.", field="session_id")


BRACKETS_BYTES, COMMA_BYTES = 2, 1
"""Bytes of a list in JSON besides its items."""


class SessionRoutes:
    def __init__(self, auth: RestAuth, answer_bytes_max: int, turns: Turns) -> None:
        """A page of the list ends before it is longer than `answer_bytes_max`."""
        self._auth = auth
        self._answer_bytes_max = answer_bytes_max
        self._turns = turns

    def add_to(self, app: FastAPI) -> None:
        route = partial(app.add_api_route, tags=["sessions"])
        route(
            "/session",
            self.start,
            methods=["POST"],
            **documented("start_session", CHANGES, "session_id", ("show_session",)),
        )
        route("/session/{session_id}", self.show, methods=["GET"], **documented("show_session", READS))
        route(
            "/sessions",
            self.list,
            methods=["GET"],
            response_model=list[SessionModel],
            **documented("list_sessions", OPEN_TO_ALL),
        )

    async def start(
        self,
        request: Request,
        body: StartSession | None = None,
        party_id: PartyIdQuery = None,
        player_id: PlayerIdQuery = None,
        idempotency_key: KeyHeader = None,
    ) -> SessionStarted:
        """Create a new dungeon session for a party: the countdown begins. While one is starting or runs, return that one."""
        self._auth.expect_someone(request)
        body = body or StartSession()
        party_id = either("party_id", party_id, body.party_id)
        if party_id is None:
            raise RejectedCommand(invalid("party_id", "Name the party."))
        context = await self._auth.leader(request, party_id, player_id, body.player_id)
        key = bind_key(context, f"POST /session {party_id}", body.payload(), idempotency_key)
        command = commands.StartSession(context.player(), new_id(), body.force, new_random_bits(SEED_BITS))
        result = or_raise(await context.services.handler.execute(party_id, command, key), context)
        session, starts_at = result.party.latest_session, result.party.starts_at
        assert session is not None, "a party that starts a session has one"
        return SessionStarted(
            **changed_fields(result, context),
            session_id=session.id,
            status=word(session.status),
            starts_at=format_time(starts_at) if starts_at is not None else None,
            ticket=await ticket_of(result, context),
        )

    async def show(self, request: Request, session_id: SessionPath, player_id: PlayerIdQuery = None) -> SessionDetails:
        """The details of a session, with its players and its status."""
        context = self._auth.player_or_nobody(request, player_id)
        found = await context.services.query_service.session(session_id, context.viewer)
        if found is None:
            raise RejectedCommand(_NO_SESSION)
        ticket = SessionTicket.of(await context.ticket(found.party.id, session_id))
        fields = view(session_of(found, context.viewer))
        receipt = await context.receipt(found.party, found.session)
        return SessionDetails(**fields, ticket=view(ticket) if ticket is not None else None, receipt=receipt)

    async def list(
        self,
        request: Request,
        first: Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX, description="How many at most.")] = PAGE_SIZE_MAX,
        after: Annotated[
            str | None, Query(max_length=CURSOR_CHARS_MAX, description="From the Link header of the last page.")
        ] = None,
    ) -> Response:
        """All active sessions, newest first. If there are more, a Link header with rel="next" has the next page.

        A page may have fewer than `first` sessions, because its length in bytes is limited.
        """
        context = self._auth.anyone(request)
        try:
            page = await context.services.query_service.sessions(SessionFilter(), first, after, context.viewer)
        except BadPageCursor:
            raise RejectedCommand(invalid("after", "No cursor of this list.")) from None
        rows: list[bytes] = []
        bytes_left = self._answer_bytes_max - BRACKETS_BYTES
        for found in page.items:
            if not self._turns.may_go_on():
                await self._turns.wait(context.address)
            row = encode_json(view(session_of(found, context.viewer)))
            bytes_left -= len(row) + COMMA_BYTES
            if rows and bytes_left < 0:
                break
            rows.append(row)
        response = Response(b"[%b]" % b",".join(rows), media_type="application/json")
        if page.has_next or len(rows) < len(page.items):
            query = urlencode({"first": first, "after": page.cursors[len(rows) - 1]})
            response.headers["link"] = f'<{request.scope["root_path"]}/sessions?{query}>; rel="next"'
        return response

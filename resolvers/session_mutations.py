"""Mutations of sessions: those of players and leaders, and those of game servers, which have the service key."""

from __future__ import annotations

from lobby.domain import commands
from lobby.domain.rules.sessions_and_game_servers import invalid_ticket
from lobby.domain.values import SessionStatus
from lobby.runtime.ids import SEED_BITS, new_id, new_random_bits
from resolvers.context import Info
from resolvers.inputs import attribute_changes, to_endpoint, unset_to_none
from resolvers.mutation_helpers import execute_in_party, fresh_ticket, in_session, session_result
from schema.inputs import (
    CompleteSessionInput,
    ReportPlayersInput,
    SessionActionInput,
    SpendTicketInput,
    StartSessionInput,
    UpdateSessionInput,
)
from schema.results import Rejection, SessionResult
from schema.scalars_and_enums import RootFields

mutations = RootFields()


@mutations.add(
    "Leader only: begin the countdown, then the session. While one is starting, a second call returns that one."
)
async def start_session(info: Info, input: StartSessionInput) -> SessionResult:
    command = commands.StartSession(info.context.player(), new_id(), input.force, new_random_bits(SEED_BITS))
    outcome = await execute_in_party(info, input, command)
    return session_result(info.context, outcome, await fresh_ticket(info.context, outcome))


@mutations.add("Enter the session of one's party, or enter it again; the result has a new ticket.")
async def join_session(info: Info, input: SessionActionInput) -> SessionResult:
    command = commands.JoinSession(info.context.player(), input.session_id)
    return await in_session(info, input, command, grants_ticket=True)


@mutations.add("Leave the dungeon and stay in the party.")
async def leave_session(info: Info, input: SessionActionInput) -> SessionResult:
    return await in_session(info, input, commands.LeaveSession(info.context.player(), input.session_id))


@mutations.add("By a player in the session: one's own game has loaded. When all have said so, SessionGo comes.")
async def mark_loaded(info: Info, input: SessionActionInput) -> SessionResult:
    return await in_session(info, input, commands.MarkLoaded(info.context.player(), input.session_id))


@mutations.add()
async def update_session(info: Info, input: UpdateSessionInput) -> SessionResult:
    command = commands.UpdateSession(
        info.context.leading_player(),
        input.session_id,
        unset_to_none(input.floor),
        to_endpoint(input.endpoint),
        attribute_changes(input.attributes),
        unset_to_none(input.host_term),
    )
    return await in_session(info, input, command)


@mutations.add(
    "By the host, or by the player who is asked to host: let the next one do it. NOT_READY: no other player is connected."
)
async def yield_host(info: Info, input: SessionActionInput) -> SessionResult:
    return await in_session(info, input, commands.YieldHost(info.context.player(), input.session_id))


@mutations.add("By the party's leader, by the host, or by a game server with the service key.")
async def complete_session(info: Info, input: CompleteSessionInput) -> SessionResult:
    return await in_session(info, input, _completion(info, input, SessionStatus.COMPLETE))


@mutations.add(
    "End the session without a result: as completeSession, but the session is ABANDONED. By the party's leader, by the host, "
    "or by a game server with the service key."
)
async def abandon_session(info: Info, input: CompleteSessionInput) -> SessionResult:
    return await in_session(info, input, _completion(info, input, SessionStatus.ABANDONED))


def _completion(info: Info, input: CompleteSessionInput, status: SessionStatus) -> commands.CompleteSession:
    return commands.CompleteSession(
        info.context.leading_player(),
        input.session_id,
        unset_to_none(input.outcome),
        status,
        unset_to_none(input.host_term),
    )


@mutations.add(
    "By a game server with the service key: it is alive. The first call takes the session; from then on, 60 s (unless set) "
    "without a call of the game server abandon it. SESSION_NOT_ACTIVE, not retryable: the session is over."
)
async def heartbeat_session(info: Info, input: SessionActionInput) -> SessionResult:
    info.context.expect_game_server()
    return await in_session(info, input, commands.Heartbeat(input.session_id))


@mutations.add(
    "By a game server with the service key, or by the host with its term, before it lets a player in: once for each ticket, "
    "the second time is TICKET_SPENT. INVALID_CREDENTIALS: expired, for another session or an earlier host, or not a ticket of "
    "this lobby."
)
async def spend_ticket(info: Info, input: SpendTicketInput) -> SessionResult:
    host_term = unset_to_none(input.host_term)
    actor = info.context.hosting_player(host_term)
    ticket = info.context.services.tickets.read(input.ticket, info.context.services.clock.now())
    if ticket is None:
        return Rejection.of(invalid_ticket("That is no ticket of this lobby's."), None)
    command = commands.SpendTicket(
        input.session_id,
        ticket.id,
        ticket.player_id,
        ticket.session_id,
        ticket.expires_at,
        actor,
        host_term,
        ticket.host_term,
    )
    return await in_session(info, input, command)


@mutations.add(
    "By a game server with the service key, or by the host with its term: which players have come into the dungeon, and which "
    "have left it for good. When the last one leaves, the session ends as ABANDONED."
)
async def report_players(info: Info, input: ReportPlayersInput) -> SessionResult:
    host_term = unset_to_none(input.host_term)
    actor = info.context.hosting_player(host_term)
    entered, left = tuple(unset_to_none(input.entered) or ()), tuple(unset_to_none(input.left) or ())
    command = commands.ReportPlayers(input.session_id, entered, left, actor, host_term)
    return await in_session(info, input, command)

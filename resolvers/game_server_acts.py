"""What game servers do, with the service key."""

from __future__ import annotations

from lobby.domain import commands
from lobby.domain.rules.game_server import bad_ticket
from lobby.domain.values import SessionStatus
from resolvers.acting import in_session
from resolvers.context import Info
from resolvers.reading_input import given
from schema.inputs import CompleteSessionInput, ReportPlayersInput, SessionActionInput, SpendTicketInput
from schema.results import Rejection, SessionResult


async def heartbeat_session(info: Info, input: SessionActionInput) -> SessionResult:
    info.context.expect_game_server()
    return await in_session(info, input, commands.Heartbeat(input.session_id))


async def spend_ticket(info: Info, input: SpendTicketInput) -> SessionResult:
    info.context.expect_game_server()
    shown = info.context.services.tickets.read(input.ticket, info.context.services.clock.now())
    if shown is None:
        return Rejection.of(bad_ticket("That is no ticket of this lobby's."), None)
    command = commands.SpendTicket(input.session_id, shown.id, shown.player_id, shown.session_id, shown.expires_at)
    return await in_session(info, input, command)


async def report_players(info: Info, input: ReportPlayersInput) -> SessionResult:
    info.context.expect_game_server()
    entered, left = tuple(given(input.entered) or ()), tuple(given(input.left) or ())
    return await in_session(info, input, commands.ReportPlayers(input.session_id, entered, left))


async def abandon_session(info: Info, input: CompleteSessionInput) -> SessionResult:
    command = commands.CompleteSession(
        info.context.leading_player(), input.session_id, given(input.outcome), SessionStatus.ABANDONED
    )
    return await in_session(info, input, command)

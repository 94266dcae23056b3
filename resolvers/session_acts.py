"""Starting, entering, leaving and ending sessions."""

from __future__ import annotations

from lobby.domain import commands
from lobby.mint import new_id
from resolvers.acting import execute_in_party, fresh_ticket, in_session, session_result
from resolvers.context import Info
from resolvers.reading_input import attribute_changes, endpoint_of, given
from schema.inputs import (
    CompleteSessionInput,
    SessionActionInput,
    StartSessionInput,
    UpdateSessionInput,
)
from schema.results import SessionResult


async def start_session(info: Info, input: StartSessionInput) -> SessionResult:
    command = commands.StartSession(info.context.player(), new_id(), input.force)
    outcome = await execute_in_party(info, input, command)
    return session_result(info.context, outcome, await fresh_ticket(info.context, outcome))


async def join_session(info: Info, input: SessionActionInput) -> SessionResult:
    command = commands.JoinSession(info.context.player(), input.session_id)
    return await in_session(info, input, command, grants_ticket=True)


async def leave_session(info: Info, input: SessionActionInput) -> SessionResult:
    return await in_session(info, input, commands.LeaveSession(info.context.player(), input.session_id))


async def update_session(info: Info, input: UpdateSessionInput) -> SessionResult:
    command = commands.UpdateSession(
        info.context.leading_player(),
        input.session_id,
        given(input.floor),
        endpoint_of(given(input.endpoint)),
        attribute_changes(given(input.attributes)),
    )
    return await in_session(info, input, command)


async def complete_session(info: Info, input: CompleteSessionInput) -> SessionResult:
    command = commands.CompleteSession(info.context.leading_player(), input.session_id, given(input.outcome))
    return await in_session(info, input, command)

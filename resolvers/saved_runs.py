"""Saved runs: saving a checkpoint, continuing a run in a new party, a player's runs, and the data of a checkpoint."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from lobby.app.command_handler import GAME_SERVERS
from lobby.app.errors import BAD_USER_INPUT, CallerError
from lobby.domain import commands
from lobby.ports import BadPageCursor
from resolvers.context import Info
from resolvers.inputs import page_size, unset_to_none
from resolvers.mutation_helpers import fresh_ticket, party_result, run_once, session_result
from schema.inputs import ContinueRunInput, SaveCheckpointInput
from schema.lists import RunConnection
from schema.results import PartyResult, SessionResult
from schema.scalars_and_enums import RootFields

mutations = RootFields()
queries = RootFields()


@mutations.add(
    "Keep the state of a running session, so that the run can be continued later. The last one wins. By the host with its term, "
    "or by a game server with the service key. A leader who is the host may leave the term out."
)
async def save_checkpoint(info: Info, input: SaveCheckpointInput) -> SessionResult:
    command = commands.SaveCheckpoint(
        info.context.leading_player(),
        input.session_id,
        input.data,
        unset_to_none(input.label),
        unset_to_none(input.host_term),
    )
    run_service = info.context.services.run_service
    outcome = await run_once(info, input, lambda key: run_service.save(command, key))
    return session_result(info.context, outcome)


@mutations.add(
    "Open a party for a run that was saved: its players' seats are held for them. By anybody who was in the run. If another of "
    "them has opened it already, join that party on the seat that is held. CHECKPOINT_MISSING: the run has saved nothing. "
    "ALREADY_CONTINUED: that party holds no seat for the caller."
)
async def continue_run(info: Info, input: ContinueRunInput) -> PartyResult:
    player, run_service = info.context.player(), info.context.services.run_service
    version = unset_to_none(input.client_version)
    outcome = await run_once(
        info,
        input,
        lambda key: run_service.continue_run(player, input.session_id, version, input.leave_current, key),
    )
    return party_result(info.context, outcome, await fresh_ticket(info.context, outcome))


@queries.add("Saved runs of the caller's, newest first. `first`: 1 to 50.")
async def my_runs(info: Info, first: int = 20, after: str | None = UNSET) -> RunConnection:
    player_id, run_service = info.context.player().id, info.context.services.run_service
    try:
        page = await run_service.runs_of(player_id, page_size(first), unset_to_none(after))
    except BadPageCursor as error:
        raise CallerError(BAD_USER_INPUT, "after: no cursor of this list.") from error
    return RunConnection.of(page)


@queries.add(
    "The data of a run's checkpoint. To those who were in it, to its continuation's members, and to game servers with the "
    "service key; null to others."
)
async def checkpoint_data(info: Info, session_id: strawberry.ID) -> str | None:
    context = info.context
    reader_id = GAME_SERVERS if context.caller.is_service else context.player().id
    return await context.services.run_service.checkpoint_data(session_id, reader_id)

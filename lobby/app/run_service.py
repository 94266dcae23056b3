"""Saved runs: checkpoints of running sessions, the list of a player's runs, and the party that continues a run."""

from __future__ import annotations

import base64
import binascii
import logging

from lobby.app.command_handler import GAME_SERVERS, UNAVAILABLE, CommandHandler, ProposedChange
from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.app.join_proposals import JoinProposals
from lobby.domain.blocks import BlockCheck
from lobby.domain.commands import ContinueRun, JoinParty, SaveCheckpoint
from lobby.domain.model import Player, Session
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.saved_runs import NO_RUN
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import PartyId, PlayerId, SessionId
from lobby.ports import BadPageCursor, Conflict, Page, RunPosition, Unavailable
from lobby.ports.saved_runs import position_of
from lobby.struct import replace

log = logging.getLogger(__name__)

RUNS_PER_PLAYER_MAX = 20
RUNS_READ_MAX = 100
"""Runs of a player that are read in one call of the store."""

_NO_CHECKPOINT = Rejection(RejectionCode.CHECKPOINT_MISSING, "The session has saved no checkpoint.", "session_id")


class RunService:
    """`runs_per_player_max`: when a run is saved for the first time, older runs of each of its players beyond this number lose
    the seat of that player, and are dropped with their last seat."""

    def __init__(
        self, handler: CommandHandler, proposals: JoinProposals, runs_per_player_max: int = RUNS_PER_PLAYER_MAX
    ) -> None:
        self._handler = handler
        self._store = handler.store
        self._proposals = proposals
        self._runs_per_player_max = runs_per_player_max

    async def save(
        self, command: SaveCheckpoint, idempotency_key: IdempotencyKey | None = None
    ) -> CommandResult | Rejection:
        """Keep the state of a running session. It can be read as soon as the call returns."""
        try:
            session = await self._store.session(command.session_id)
        except Unavailable:
            return UNAVAILABLE
        outcome = await self._handler.execute_in_session(command.session_id, command, idempotency_key)
        is_first = session is not None and not session.has_saved
        if is_first and not isinstance(outcome, Rejection) and not outcome.replayed:
            await self._make_room(command.session_id)
        return outcome

    async def continue_run(
        self,
        actor: Player,
        session_id: SessionId,
        client_version: str | None = None,
        leave_current: bool = False,
        idempotency_key: IdempotencyKey | None = None,
    ) -> CommandResult | Rejection:
        """Open a party for a saved run, or join the party that another player of the run has opened for it."""

        async def propose() -> ProposedChange | Rejection:
            slot.withdraw()
            run = await self._run_of(session_id)
            if run is None:
                session = await self._store.session(session_id)
                return _NO_CHECKPOINT if session is not None and _was_in(session, actor.id) else NO_RUN
            if run.seat(actor.id) is None:
                return NO_RUN
            party_id = await self._store.continuation_of(run.session_id)
            if party_id is not None:
                return await self._propose_joining(party_id, actor, client_version, leave_current)
            checks = self._checks_of_invites(run, actor.id)
            blocked_by = tuple([check.player_id for check in checks if await self._store.finds_block((check,))])
            command = ContinueRun(actor, run, client_version, blocked_by)
            proposed = await self._proposals.propose_creation(command, leave_current, slot)
            if isinstance(proposed, Rejection):
                return proposed
            invited = {invite.invitee.id for invite in proposed.party.pending_invites if not invite.is_hidden}
            return replace(proposed, block_checks=tuple(check for check in checks if check.player_id in invited))

        with self._proposals.creation_slot() as slot:
            return await self._handler.commit(propose, actor.id, idempotency_key, "continue_run")

    async def runs_of(self, player_id: PlayerId, first: int, after: str | None) -> Page[SavedRun]:
        """A page of the saved runs of the player that have ended, newest first. `Page.total` counts the runs of the page alone.

        Raises `BadPageCursor`, `Unavailable`.
        """
        position = _read_cursor(after) if after is not None else None
        found: list[SavedRun] = []
        while len(found) <= first:
            runs = await self._store.saved_runs_of(player_id, RUNS_READ_MAX, position)
            found += [run for run in runs if run.ended_at is not None]
            if len(runs) < RUNS_READ_MAX:
                break
            position = position_of(runs[-1])
        page = tuple(found[:first])
        return Page(page, tuple(map(_cursor, page)), has_next=len(found) > first, total=len(page))

    async def checkpoint_data(self, session_id: SessionId, reader_id: PlayerId) -> str | None:
        """The data of the checkpoint that the session has saved, or of the run that it continues.

        None without a checkpoint, or if `reader_id` may not read it. Game servers may, and players who were in the run or are
        in the party that continues it. Raises `Unavailable`.
        """
        run = await self._run_of(session_id)
        if run is None or not await self._may_read(run, session_id, reader_id):
            return None
        return await self._store.checkpoint_data(run.session_id)

    async def erase_player(self, player_id: PlayerId) -> int:
        """Remove the player, with the name, from all saved runs. Runs without another player are deleted. Returns the number of
        runs.

        A session that still runs seats the player again with its next checkpoint, so the player must have left all parties.
        Raises `Unavailable`, `Conflict`.
        """
        count = 0
        while runs := await self._store.saved_runs_of(player_id, RUNS_READ_MAX):
            for run in runs:
                await self._store.remove_from_run(run.session_id, player_id)
            count += len(runs)
        return count

    async def _run_of(self, session_id: SessionId) -> SavedRun | None:
        """The run that the session has saved. A session that has saved nothing yet stands for the run that it continues."""
        run = await self._store.saved_run(session_id)
        if run is not None:
            return run
        session = await self._store.session(session_id)
        if session is None or session.checkpoint is None:
            return None
        return await self._store.saved_run(session.checkpoint.session_id)

    async def _propose_joining(
        self, party_id: PartyId, actor: Player, client_version: str | None, leave_current: bool
    ) -> ProposedChange | Rejection:
        """The actor takes the seat that is held, in the live party that continues the run."""
        party = await self._store.latest(party_id)
        if party is None or party.is_closed:
            raise Conflict("the party has closed in the meantime")
        if party.member(actor.id) is None and party.reservation(actor.id) is None:
            return Rejection(
                RejectionCode.ALREADY_CONTINUED,
                "Another party continues this run, and holds no seat for you.",
                "session_id",
                current=party,
            )
        joining = JoinParty(actor, client_version=client_version or party.settings.client_version)
        return await self._proposals.propose_join(party, joining, leave_current)

    def _checks_of_invites(self, run: SavedRun, inviter_id: PlayerId) -> list[BlockCheck]:
        """For each of the other players of the run, the condition that an invite is delivered."""
        others = (seat.player.id for seat in run.seats if seat.player.id != inviter_id)
        return [BlockCheck(other_id, blocked=(inviter_id,)) for other_id in others]

    async def _may_read(self, run: SavedRun, session_id: SessionId, reader_id: PlayerId) -> bool:
        if reader_id == GAME_SERVERS or run.seat(reader_id) is not None:
            return True
        session = await self._store.session(session_id)
        if session is not None and _was_in(session, reader_id):
            return True
        party_id = await self._store.continuation_of(run.session_id)
        party = await self._store.party(party_id) if party_id is not None else None
        return party is not None and party.member(reader_id) is not None

    async def _make_room(self, session_id: SessionId) -> None:
        """Drop the oldest runs of the players of a run. If this fails, the next save of one of their runs does it."""
        try:
            run = await self._store.saved_run(session_id)
            for seat in run.seats if run is not None else ():
                runs = await self._store.saved_runs_of(seat.player.id, RUNS_READ_MAX)
                for old in runs[self._runs_per_player_max :]:
                    if old.ended_at is not None:
                        await self._store.remove_from_run(old.session_id, seat.player.id)
        except (Unavailable, Conflict) as error:
            log.warning("older saved runs are not dropped yet: %s", error)


def _was_in(session: Session, player_id: PlayerId) -> bool:
    return session.seat(player_id) is not None or session.has_player(player_id)


def _cursor(run: SavedRun) -> str:
    at, session_id = position_of(run)
    return base64.urlsafe_b64encode(f"{at}.{session_id}".encode()).decode()


def _read_cursor(text: str) -> RunPosition:
    """Raises `BadPageCursor`."""
    try:
        at, separator, session_id = base64.urlsafe_b64decode(text.encode()).decode().partition(".")
        if not separator or not at.isascii() or not at.isdecimal() or len(at) > _CURSOR_DIGITS_MAX:
            raise BadPageCursor(text)
        return int(at), session_id
    except (UnicodeError, binascii.Error, ValueError) as error:
        raise BadPageCursor(text) from error


_CURSOR_DIGITS_MAX = 18
"""The greatest number of milliseconds in a cursor: it fits into the integers of SQLite."""

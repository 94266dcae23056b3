"""Saved runs: the data of a run with a checkpoint that is kept outside of the log, so that it can outlive the log.

Stores write these values as JSON, as those of `model.py`.
"""

from __future__ import annotations

from lobby.domain.model import Checkpoint, Party, Seat, Session
from lobby.domain.party_settings import PartySettings
from lobby.domain.values import Instant, LeaveReason, PartyId, PlayerId, SessionId
from lobby.struct import Struct, replace


class SavedRun(Struct):
    """A session that has saved a checkpoint, as it was when it last saved one, and then as it was when it ended."""

    session_id: SessionId
    party_id: PartyId
    checkpoint: Checkpoint
    settings: PartySettings
    """The settings of the party, for the party that continues the run."""
    seats: tuple[Seat, ...]
    """The players who were in the run, and who have it in their lists. Players who were banned, or were removed from the run
    later, have no seat."""
    seed: int | None = None
    ended_at: Instant | None = None
    """None while the session runs."""
    outcome: str | None = None

    @property
    def listed_at(self) -> Instant:
        """The time by which the lists of players are sorted."""
        return self.ended_at if self.ended_at is not None else self.checkpoint.saved_at

    def seat(self, player_id: PlayerId | None) -> Seat | None:
        return next((seat for seat in self.seats if seat.player.id == player_id), None)


def saved_run_of(party: Party, session: Session) -> SavedRun | None:
    """The saved run of `session`, which is the current or the last session of `party`; None if it has saved no checkpoint."""
    if session.checkpoint is None or not session.has_saved:
        return None
    banned = {departure.player_id for departure in party.departures if departure.reason is LeaveReason.BANNED}
    entered = session.seats or tuple(Seat(player) for player in session.players)  # older sessions lack seats
    seats = tuple(seat for seat in entered if seat.player.id not in banned)
    return SavedRun(
        session_id=session.id,
        party_id=party.id,
        checkpoint=session.checkpoint,
        settings=party.settings,
        seats=seats,
        seed=session.seed,
        ended_at=session.ended_at,
        outcome=session.outcome,
    )


def without_player(run: SavedRun, player_id: PlayerId) -> SavedRun | None:
    """`run` without the seat of `player_id`; None if no seat is left, so that nobody needs the run any more."""
    seats = tuple(seat for seat in run.seats if seat.player.id != player_id)
    return replace(run, seats=seats) if seats else None

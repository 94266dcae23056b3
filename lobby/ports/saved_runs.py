"""The part of a store for saved runs: the state of runs, kept outside of the logs and for a longer time.

Commits write saved runs; only `remove_from_run` is a write by itself. A commit whose entries announce a checkpoint also writes
its data (`Commit.checkpoint_data`). So each checkpoint that an entry announces can be read. A commit that ends a session with a
checkpoint also writes the end into the saved run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import Instant, PartyId, PlayerId, SessionId

RunPosition = tuple[Instant, SessionId]
"""The position of a run in the list of a player: `SavedRun.listed_at`, then its session."""


class SavedRuns(Protocol):
    """Saved runs, all of them durable. Every method may raise `Unavailable`.

    A run is kept while its session runs and for `Retention.checkpoint_ms` after its end, and no longer than it has a seat.
    """

    async def saved_run(self, session_id: SessionId) -> SavedRun | None:
        """The run of a session that has saved a checkpoint."""

    async def checkpoint_data(self, session_id: SessionId) -> str | None:
        """The data of the latest checkpoint that the session itself has saved."""

    async def saved_runs_of(
        self, player_id: PlayerId, limit: int, after: RunPosition | None = None
    ) -> Sequence[SavedRun]:
        """Up to `limit` runs in the list of the player, the latest first; running ones too. `after`: only runs that come later in
        the list. A run moves to the front when it is saved, and when it ends."""

    async def remove_from_run(self, session_id: SessionId, player_id: PlayerId) -> None:
        """Remove the seat of a player, and drop a run without any seat. Durable on return.

        A session that still runs seats its players again with its next checkpoint and at its end.
        """

    async def continuation_of(self, session_id: SessionId) -> PartyId | None:
        """The live party that was opened to continue the run, until its session has continued it (latest state).

        A commit that creates a second such party raises `Conflict`.
        """


def position_of(run: SavedRun) -> RunPosition:
    return run.listed_at, run.session_id


def list_runs(runs: Sequence[SavedRun], player_id: PlayerId, limit: int, after: RunPosition | None) -> list[SavedRun]:
    """As `saved_runs_of`, from all that may be on the list of the player."""
    listed = [run for run in runs if run.seat(player_id) is not None and (after is None or position_of(run) < after)]
    return sorted(listed, key=position_of, reverse=True)[:limit]

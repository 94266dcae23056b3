"""Saved runs in the file: how they are read, lose a seat, and are deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from lobby.domain.saved_runs import SavedRun, without_player
from lobby.domain.values import Instant, PlayerId, SessionId
from lobby.ports import RunPosition
from lobby.stores.codec import read_saved_run, to_json
from lobby.stores.sqlite.connection import transaction

RUNS_SWEPT_MAX = 100
"""Saved runs that one call of `sweep` deletes: up to 6.5 MB of checkpoints."""


def read_run(connection: sqlite3.Connection, session_id: SessionId) -> SavedRun | None:
    row = connection.execute("SELECT run FROM runs WHERE session_id = ?", (session_id,)).fetchone()
    return read_saved_run(row[0]) if row is not None else None


def read_checkpoint(connection: sqlite3.Connection, session_id: SessionId) -> str | None:
    row = connection.execute("SELECT data FROM checkpoints WHERE session_id = ?", (session_id,)).fetchone()
    return row[0] if row is not None else None


def runs_of_player(
    connection: sqlite3.Connection, player_id: PlayerId, limit: int, after: RunPosition | None
) -> list[SavedRun]:
    """As `SavedRuns.saved_runs_of`."""
    condition, position = ("AND (listed_at, run_players.session_id) < (?, ?)", after) if after else ("", ())
    rows = connection.execute(
        f"""
        SELECT run FROM run_players JOIN runs ON runs.session_id = run_players.session_id
        WHERE player_id = ? {condition} ORDER BY listed_at DESC, run_players.session_id DESC LIMIT ?
        """,  # noqa: S608
        (player_id, *position, limit),
    )
    return [read_saved_run(text) for (text,) in rows]


def count_runs(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    return count


def remove_from_run(connection: sqlite3.Connection, session_id: SessionId, player_id: PlayerId) -> bool:
    """As `SavedRuns.remove_from_run`. True if the run was dropped."""
    with transaction(connection):
        run = read_run(connection, session_id)
        if run is None:
            return False
        kept = without_player(run, player_id)
        if kept is None:
            _delete_runs(connection, (session_id,))
            return True
        connection.execute("UPDATE runs SET run = ? WHERE session_id = ?", (to_json(kept), session_id))
        connection.execute("DELETE FROM run_players WHERE player_id = ? AND session_id = ?", (player_id, session_id))
    return False


def sweep_runs(connection: sqlite3.Connection, kept_from: Instant) -> int:
    """Delete runs that ended at `kept_from` or before, the oldest first. Returns how many; `RUNS_SWEPT_MAX`: maybe not all."""
    rows = connection.execute(
        "SELECT session_id FROM runs WHERE ended_at <= ? ORDER BY ended_at LIMIT ?", (kept_from, RUNS_SWEPT_MAX)
    ).fetchall()
    _delete_runs(connection, [session_id for (session_id,) in rows])
    return len(rows)


def _delete_runs(connection: sqlite3.Connection, session_ids: Sequence[SessionId]) -> None:
    keys = ", ".join("?" * len(session_ids))
    for table in ("runs", "checkpoints", "run_players"):
        connection.execute(f"DELETE FROM {table} WHERE session_id IN ({keys})", tuple(session_ids))  # noqa: S608

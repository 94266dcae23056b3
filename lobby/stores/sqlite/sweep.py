"""Deletes what is no longer kept: a bounded amount in one call, so that commits never wait long for it."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from lobby.domain.model import Party
from lobby.domain.values import GameType, Instant, PartyId, SessionStatus
from lobby.ports import Retention
from lobby.ports.searches import WAITS_KEPT_MS
from lobby.stores.local.engine import EndedSession, SweepResult
from lobby.stores.session_list import SessionFacets
from lobby.stores.sqlite.connection import transaction
from lobby.stores.sqlite.inboxes import INBOX_ENTRIES_SWEPT_MAX, sweep_inboxes
from lobby.stores.sqlite.reads import serial_of
from lobby.stores.sqlite.saved_runs import RUNS_SWEPT_MAX, sweep_runs
from lobby.stores.sqlite.schema import SEQ_MAX, SNAPSHOT_EVERY, row_key, seq_of_row_key

log = logging.getLogger(__name__)

_INCREMENTAL = 2
"""The value of `PRAGMA auto_vacuum`."""
ROWS_SWEPT_MAX = 1_000
"""Rows of each kind that one call deletes."""
PARTIES_SWEPT_MAX = 100
ENTRIES_SWEPT_MAX = 5_000
"""Entries of all closed parties, or of one long log, that one call deletes."""
FREE_PAGES_KEPT = 2_048
"""8 MiB, which the next commits use again."""
PAGES_FREED_MAX = 128
"""512 KiB in one sweep. With 512 pages commits waited 25 to 95 ms for it."""
REWRITTEN_MIB_MAX = 256
"""A file of an older version up to this size is rewritten at the start, which takes about 20 ms for each MiB."""
PROGRESS_STEPS, PROGRESS_S = 1_000_000, 5.0
"""SQLite reports progress after so many of its steps. It is logged at this interval at most."""
ROW_BYTES = 100
"""Bytes of a row of the log besides its two texts."""
LOGS_TRIMMED_MAX = 10
"""Long logs in one sweep."""


def sweep(connection: sqlite3.Connection, at: Instant, retention: Retention) -> SweepResult:
    with transaction(connection):
        parties, has_more = _sweep_parties(connection, at - retention.log_ms)
        deleted = (
            _delete_oldest(connection, "records", "number", "at", at - retention.idempotency_ms),
            _delete_oldest(connection, "given_up_codes", "code", "at", at - retention.code_ms),
            _delete_oldest(connection, "families", "id", "expires_at", at),
            _delete_oldest(connection, "search_waits", "number", "ended_at", at - WAITS_KEPT_MS),
        )
        sessions = _sweep_sessions(connection, at - retention.log_ms)
        runs = sweep_runs(connection, at - retention.checkpoint_ms)
        inboxes = sweep_inboxes(connection, at, retention)
        has_more = has_more or ROWS_SWEPT_MAX in (*deleted, len(sessions)) or runs == RUNS_SWEPT_MAX
        has_more = has_more or len(inboxes) == INBOX_ENTRIES_SWEPT_MAX
    return SweepResult(parties, sessions, shrink(connection) or has_more, runs, inboxes)


def shrink(connection: sqlite3.Connection) -> bool:
    """Give some free pages at the end of the file back to the file system, while there are many of them. True: there are more.

    Nothing happens in a file without `auto_vacuum`, see `make_shrinkable`.
    """
    free = _number(connection, "PRAGMA freelist_count")
    if free <= FREE_PAGES_KEPT:
        return False
    # Each step of this statement frees one page, and `execute` makes one step (Python 3.11 to 3.13).
    connection.executescript(f"PRAGMA incremental_vacuum({min(free - FREE_PAGES_KEPT, PAGES_FREED_MAX):d})")
    return FREE_PAGES_KEPT < _number(connection, "PRAGMA freelist_count") < free


def make_shrinkable(connection: sqlite3.Connection, path: Path) -> None:
    """Rewrite a file that was made without `auto_vacuum` once, if it is small. Otherwise it would never get smaller.

    Raises `sqlite3.Error`, such as for a full disk: for the time of the rewrite it takes the same space twice more.
    """
    if _number(connection, "PRAGMA auto_vacuum") == _INCREMENTAL:
        return
    mib = _number(connection, "PRAGMA page_count") * _number(connection, "PRAGMA page_size") / 2**20
    if mib > REWRITTEN_MIB_MAX:
        log.warning(
            "%s is of an older version, has %.0f MiB and never gets smaller. To change that, stop the server and run: "
            "sqlite3 %s 'PRAGMA auto_vacuum = INCREMENTAL; VACUUM'",
            *(path, mib, path),
        )
        return
    log.info("rewriting %s once (%.0f MiB), so that it can get smaller", path, mib)
    began_at = logged_at = time.monotonic()

    def log_progress() -> int:
        nonlocal logged_at
        if time.monotonic() - logged_at >= PROGRESS_S:
            logged_at = time.monotonic()
            log.info("rewriting %s for %.0f s so far", path, logged_at - began_at)
        return 0  # go on

    connection.set_progress_handler(log_progress, PROGRESS_STEPS)
    try:
        connection.execute("VACUUM")  # with the `auto_vacuum` that `connect` has set
    finally:
        connection.set_progress_handler(None, 0)
    log.info("rewrote %s in %.1f s", path, time.monotonic() - began_at)


def _number(connection: sqlite3.Connection, query: str) -> int:
    number: int = connection.execute(query).fetchone()[0]
    return number


def trim(
    connection: sqlite3.Connection, party_id: PartyId, at: Instant, retention: Retention, is_large: bool
) -> tuple[int, int | None]:
    """Cut the front of one log, always before an entry that keeps its snapshot.

    `is_large`: the log may have more bytes than it may keep. Returns the seq of its first entry then, and how many bytes it has;
    None if they were not counted.
    """
    with transaction(connection):
        serial = serial_of(connection, party_id)
        if serial is None:
            return 1, None
        oldest, newest = _ends(connection, serial)
        if newest < oldest:
            return 1, None
        first = _first_by_time(connection, serial, oldest, newest, at, retention) or row_key(serial, oldest)
        log_bytes = None
        if is_large:
            by_bytes, log_bytes = _first_by_bytes(connection, serial, retention.log_bytes_max)
            if by_bytes - first > ENTRIES_SWEPT_MAX:
                by_bytes, log_bytes = first + ENTRIES_SWEPT_MAX // SNAPSHOT_EVERY * SNAPSHOT_EVERY, None
            first = max(first, by_bytes)
        connection.execute("DELETE FROM entries WHERE place >= ? AND place < ?", (row_key(serial, 0), first))
        return seq_of_row_key(first), log_bytes


def _first_by_time(
    connection: sqlite3.Connection, serial: int, oldest: int, newest: int, at: Instant, retention: Retention
) -> int | None:
    """The key of the first entry of a long log that must be kept; None if nothing may be cut."""
    cut_max = min(newest - retention.entries_min + 1, oldest + ENTRIES_SWEPT_MAX)
    row = connection.execute(
        """
        SELECT place FROM entries AS kept
        WHERE place > ? AND place <= ? AND party IS NOT NULL
            AND (SELECT at FROM entries WHERE place = kept.place - 1) <= ?
        ORDER BY place DESC LIMIT 1
        """,
        (row_key(serial, oldest), row_key(serial, max(cut_max, 0)), at - retention.log_ms),
    ).fetchone()
    return row[0] if row is not None else None


def _first_by_bytes(connection: sqlite3.Connection, serial: int, bytes_max: int) -> tuple[int, int]:
    """The key of the first entry from which a log has at most `bytes_max` bytes, and how many bytes it has then.

    If the entries since the newest snapshot are longer, they are kept all the same.
    """
    rows = connection.execute(
        f"""
        SELECT place, kept FROM (
            SELECT place, sum(length(event) + ifnull(length(party), 0) + {ROW_BYTES}) OVER (ORDER BY place DESC) AS kept
            FROM entries WHERE place BETWEEN ? AND ?
        ) WHERE (place & {SNAPSHOT_EVERY - 1}) = 1 ORDER BY place DESC
        """,  # noqa: S608
        (row_key(serial, 0), row_key(serial, SEQ_MAX)),
    ).fetchall()
    first: tuple[int, int] = rows[0]
    for place, kept in rows:
        if kept > bytes_max:
            break
        first = place, kept
    return first


def _ends(connection: sqlite3.Connection, serial: int) -> tuple[int, int]:
    keys = row_key(serial, 0), row_key(serial, SEQ_MAX)
    oldest = connection.execute("SELECT min(place) FROM entries WHERE place BETWEEN ? AND ?", keys).fetchone()[0]
    newest = connection.execute("SELECT max(place) FROM entries WHERE place BETWEEN ? AND ?", keys).fetchone()[0]
    return (seq_of_row_key(oldest), seq_of_row_key(newest)) if oldest is not None else (1, 0)


def _sweep_parties(connection: sqlite3.Connection, kept_from: Instant) -> tuple[list[PartyId], bool]:
    """The parties that were deleted, and True if there are more."""
    closed = connection.execute(
        "SELECT serial, id FROM parties WHERE closed_at <= ? ORDER BY closed_at LIMIT ?", (kept_from, PARTIES_SWEPT_MAX)
    ).fetchall()
    left = ENTRIES_SWEPT_MAX
    swept: list[PartyId] = []
    for serial, party_id in closed:
        left -= _delete_entries(connection, serial, left)
        if left <= 0:
            return swept, True
        connection.execute("DELETE FROM parties WHERE serial = ?", (serial,))
        if connection.execute("DELETE FROM event_outbox WHERE serial = ?", (serial,)).rowcount:
            log.warning("entries of the party %s were never sent to the webhook, and are no longer kept", party_id)
        swept.append(party_id)
    return swept, len(swept) == PARTIES_SWEPT_MAX


def _delete_entries(connection: sqlite3.Connection, serial: int, count_max: int) -> int:
    """From the front, so that a log that is not deleted completely still ends with its newest snapshot."""
    return connection.execute(
        "DELETE FROM entries WHERE place IN (SELECT place FROM entries WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?)",
        (row_key(serial, 0), row_key(serial, SEQ_MAX), count_max),
    ).rowcount


def _delete_oldest(connection: sqlite3.Connection, table: str, key: str, time: str, until: Instant) -> int:
    """How many rows were deleted: `ROWS_SWEPT_MAX` if there may be more."""
    order = key if table == "records" else time  # the numbers of records rise with their times
    return connection.execute(
        f"""
        DELETE FROM {table} WHERE {time} <= ? AND {key} IN (
            SELECT {key} FROM {table} ORDER BY {order} LIMIT {ROWS_SWEPT_MAX}
        )
        """,  # noqa: S608
        (until,),
    ).rowcount


def _sweep_sessions(connection: sqlite3.Connection, kept_from: Instant) -> list[EndedSession]:
    rows = connection.execute(
        """
        DELETE FROM sessions WHERE serial IN (SELECT serial FROM sessions WHERE ended_at <= ? ORDER BY ended_at LIMIT ?)
        RETURNING serial, party_id, status, game_type
        """,
        (kept_from, ROWS_SWEPT_MAX),
    ).fetchall()
    return [
        EndedSession(serial, SessionFacets(party_id, SessionStatus(status), GameType(game_type)), is_public=False)
        for serial, party_id, status, game_type in rows
    ]


class TrimCandidates:
    """The logs that may have more entries or bytes than are kept, so that a sweep looks at no others. The oldest come first."""

    def __init__(self, retention: Retention) -> None:
        self._longer_than = retention.entries_min + SNAPSHOT_EVERY
        self._bytes_max = retention.log_bytes_max
        self._oldest: dict[PartyId, int] = {}
        self._newest: dict[PartyId, int] = {}
        self._bytes: dict[PartyId, int] = {}
        """An estimate, without what was there at the start of the process."""

    def restore(self, parties: Iterable[Party]) -> None:
        """As `on_append`, for the logs of an earlier process."""
        long = [party for party in parties if party.version - 1 >= self._longer_than]
        self._newest.update({party.id: party.version for party in long})

    def on_append(self, party_id: PartyId, newest_seq: int, added_bytes: int = 0) -> None:
        log_bytes = self._bytes[party_id] = self._bytes.get(party_id, 0) + added_bytes
        if newest_seq - self._oldest.get(party_id, 1) >= self._longer_than or log_bytes > self._bytes_max:
            self._newest[party_id] = newest_seq

    def next_few(self) -> list[PartyId]:
        """Up to `LOGS_TRIMMED_MAX` logs to trim now."""
        return list(self._newest)[:LOGS_TRIMMED_MAX]

    def is_large(self, party_id: PartyId) -> bool:
        """True if the log may have too many bytes, so that they have to be counted."""
        return self._bytes.get(party_id, 0) > self._bytes_max

    def on_trim(self, party_id: PartyId, oldest_seq: int, log_bytes: int | None) -> bool:
        """The log begins with `oldest_seq` now, and has `log_bytes` bytes if they were counted. If it is still too long, it comes
        again after the others.

        True if it was cut, so that another trim may cut more.
        """
        was_cut = oldest_seq > self._oldest.get(party_id, 1)
        newest_seq = self._newest.pop(party_id, None)
        if newest_seq is not None:  # else the log was forgotten during the trim
            self._oldest[party_id] = oldest_seq
            if log_bytes is not None:
                self._bytes[party_id] = log_bytes
            self.on_append(party_id, newest_seq)
        return was_cut

    def forget(self, party_id: PartyId) -> None:
        self._oldest.pop(party_id, None)
        self._newest.pop(party_id, None)
        self._bytes.pop(party_id, None)

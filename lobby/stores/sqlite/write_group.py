"""Writes a group of commits in one transaction.

Each table gets all its rows in one statement. A statement releases the interpreter lock, and then waits for it up to 5 ms while
the event loop is busy. With one statement per row, a group of 64 took 310 ms; with one per table it takes 24 ms.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter

from lobby.domain.events import Entry
from lobby.domain.identities import Identity
from lobby.domain.inbox import Inbox
from lobby.domain.listing import has_public_sessions
from lobby.domain.model import Party
from lobby.ports import IdempotencyRecord, RefreshFamily
from lobby.stores.codec import event_kind, to_json
from lobby.stores.local.idempotency_records import record_digest
from lobby.stores.sqlite.connection import transaction
from lobby.stores.sqlite.inboxes import write_posts
from lobby.stores.sqlite.schema import has_snapshot, row_key
from lobby.stores.write_set import PartyWrite, RunWrite, SessionWrite, WaitsWrite, WriteSet

Row = tuple[int | str | None, ...]
Rows = list[Row]

ROWS_MAX = 1_000
"""Rows in one statement. Seven values a row are far below SQLite's bound of 32,766."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement for all rows of one kind."""

    rows: Callable[[GroupRows], Rows]
    head: str
    row: str
    tail: str = ""

    def sql(self, row_count: int) -> str:
        return f"{self.head} {', '.join([self.row] * row_count)}{self.tail}"


STATEMENTS = (
    Statement(
        attrgetter("parties"),
        "INSERT OR REPLACE INTO parties (serial, id, is_public, closed_at) VALUES",
        "(?, ?, ?, ?)",
    ),
    Statement(
        attrgetter("entries"),
        "INSERT INTO entries (place, at, actor_id, kind, event, party) VALUES",
        "(?, ?, ?, ?, ?, ?)",
    ),
    Statement(
        attrgetter("sessions"),
        "INSERT OR REPLACE INTO sessions (serial, id, party_id, status, game_type, ended_at, session) VALUES",
        "(?, ?, ?, ?, ?, ?, ?)",
    ),
    Statement(attrgetter("cancelled_sessions"), "DELETE FROM sessions WHERE serial IN (", "?", ")"),
    Statement(
        attrgetter("given_up_codes"), "INSERT OR REPLACE INTO given_up_codes (code, party_id, at) VALUES", "(?, ?, ?)"
    ),
    Statement(attrgetter("records"), "INSERT INTO records (digest, at, record) VALUES", "(?, ?, ?)"),
    Statement(attrgetter("families"), "INSERT OR REPLACE INTO families (id, expires_at, family) VALUES", "(?, ?, ?)"),
    Statement(attrgetter("runs"), "INSERT OR REPLACE INTO runs (session_id, ended_at, run) VALUES", "(?, ?, ?)"),
    Statement(attrgetter("checkpoints"), "INSERT OR REPLACE INTO checkpoints (session_id, data) VALUES", "(?, ?)"),
    Statement(attrgetter("written_runs"), "DELETE FROM run_players WHERE session_id IN (", "?", ")"),
    Statement(
        attrgetter("run_players"),
        "INSERT OR REPLACE INTO run_players (player_id, session_id, listed_at) VALUES",
        "(?, ?, ?)",
    ),
    Statement(
        attrgetter("identities"),
        "INSERT OR REPLACE INTO identities (provider, subject, player_id, identity) VALUES",
        "(?, ?, ?, ?)",
    ),
    Statement(
        attrgetter("outbox"),
        "INSERT OR IGNORE INTO event_outbox (serial, sent, since, due, replayed) VALUES",
        "(?, ?, ?, ?, 0)",
    ),
    Statement(
        attrgetter("waits"),
        "INSERT OR REPLACE INTO search_waits (kind, search_id, wait_s, ended_at) VALUES",
        "(?, ?, ?, ?)",
    ),
    Statement(
        attrgetter("dropped_waits"), "DELETE FROM search_waits WHERE (kind, search_id) IN (VALUES", "(?, ?)", ")"
    ),
    Statement(attrgetter("block_lists"), "INSERT OR REPLACE INTO block_lists (player_id, list) VALUES", "(?, ?)"),
)
"""The order matters: a session that begins and is cancelled within one group must be gone in the end, and so must
a wait that is added and dropped."""


def write_group(
    connection: sqlite3.Connection, group: Sequence[WriteSet], inbox_entries_max: int, sends_events: bool = False
) -> list[Inbox]:
    """`sends_events`: note the entries in the event outbox. Returns the inboxes that the group has written into, as they are
    after it."""
    rows = GroupRows.of(group)
    if sends_events:
        rows.outbox = [_outbox_row(party) for write_set in group for party in write_set.parties]
    with transaction(connection):
        for statement in STATEMENTS:
            found = statement.rows(rows)
            for start in range(0, len(found), ROWS_MAX):
                part = found[start : start + ROWS_MAX]
                connection.execute(statement.sql(len(part)), tuple(chain.from_iterable(part)))
        inboxes = write_posts(connection, [post for each in group for post in each.posts], inbox_entries_max)
        connection.execute("UPDATE generation SET commits = commits + 1")
    return inboxes


@dataclass(slots=True)
class GroupRows:
    """The rows that a group of commits inserts or deletes, by the statement that does it."""

    parties: Rows = field(default_factory=list)
    """Rows of parties that are new, closed, or have become public or private."""
    entries: Rows = field(default_factory=list)
    sessions: Rows = field(default_factory=list)
    """Rows of sessions that are new or have ended. Other changes of a session are in its party."""
    cancelled_sessions: Rows = field(default_factory=list)
    given_up_codes: Rows = field(default_factory=list)
    records: Rows = field(default_factory=list)
    families: Rows = field(default_factory=list)
    runs: Rows = field(default_factory=list)
    checkpoints: Rows = field(default_factory=list)
    """The data of the runs that are saved."""
    written_runs: Rows = field(default_factory=list)
    run_players: Rows = field(default_factory=list)
    block_lists: Rows = field(default_factory=list)
    identities: Rows = field(default_factory=list)
    outbox: Rows = field(default_factory=list)
    waits: Rows = field(default_factory=list)
    dropped_waits: Rows = field(default_factory=list)

    @classmethod
    def of(cls, group: Iterable[WriteSet]) -> GroupRows:
        rows = cls()
        for write_set in group:
            for party in write_set.parties:
                rows._add_party(party)
            if write_set.record is not None:
                rows.records.append(_record_row(write_set.record))
            if write_set.family is not None:
                rows.families.append(_family_row(write_set.family))
            for run in write_set.runs:
                rows._add_run(run)
            if write_set.identity is not None:
                rows.identities.append(_identity_row(write_set.identity))
            if write_set.waits is not None:
                rows._add_waits(write_set.waits)
            if write_set.block_list is not None:
                rows.block_lists.append((write_set.block_list.player_id, to_json(write_set.block_list)))
        return rows

    def _add_party(self, write: PartyWrite) -> None:
        before, after = write.change.before, write.after
        if _changes_row(before, after):
            closed_at = after.changed_at if after.is_closed else None
            self.parties.append((write.serial, after.id, has_public_sessions(after), closed_at))
        newest = write.change.entries[-1]
        for entry in write.change.entries:
            self.entries.append(_entry_row(write, entry, has_snapshot(entry.seq) or entry is newest))
        for session in write.sessions:
            if session.session is None:
                self.cancelled_sessions.append((session.serial,))
            elif session.is_new or session.has_ended:
                self.sessions.append(_session_row(session))
        if write.given_up_code is not None:
            self.given_up_codes.append((write.given_up_code, after.id, after.changed_at))

    def _add_waits(self, write: WaitsWrite) -> None:
        self.waits += [(write.kind, search_id, wait_s, write.ended_at) for search_id, wait_s in write.added_s]
        self.dropped_waits += [(write.kind, search_id) for search_id in write.dropped]

    def _add_run(self, write: RunWrite) -> None:
        run = write.run
        self.runs.append((run.session_id, run.ended_at, to_json(run)))
        if write.data is not None:
            self.checkpoints.append((run.session_id, write.data))
        self.written_runs.append((run.session_id,))
        self.run_players += [(seat.player.id, run.session_id, run.listed_at) for seat in run.seats]


def _changes_row(before: Party | None, after: Party) -> bool:
    """True for a party that is new, closed, or has become public or private."""
    if before is None or after.is_closed:
        return True
    return before.settings is not after.settings and has_public_sessions(before) is not has_public_sessions(after)


def _record_row(record: IdempotencyRecord) -> Row:
    return record_digest(record.player_id, record.key), record.at, to_json(record)


def _family_row(family: RefreshFamily) -> Row:
    return family.id, family.expires_at, to_json(family)


def _outbox_row(write: PartyWrite) -> Row:
    first = write.change.entries[0]
    return write.serial, first.seq - 1, first.at, first.at


def _identity_row(identity: Identity) -> Row:
    return identity.provider, identity.subject, identity.player_id, to_json(identity)


def _entry_row(party: PartyWrite, entry: Entry, with_party: bool) -> Row:
    return (
        row_key(party.serial, entry.seq),
        entry.at,
        entry.actor_id,
        event_kind(entry.event),
        to_json(entry.event),
        to_json(entry.party) if with_party else None,
    )


def _session_row(write: SessionWrite) -> Row:
    session = write.session
    assert session is not None, "a cancelled session has no row"
    return (
        write.serial,
        write.id,
        session.party_id,
        session.status.value,
        session.game_type.value,
        session.ended_at,
        to_json(session) if write.has_ended else None,
    )

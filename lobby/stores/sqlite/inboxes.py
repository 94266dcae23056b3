"""Inboxes in the file: how they are written, read and deleted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain

from lobby.domain.inbox import Inbox, InboxEntry, InboxPost
from lobby.domain.values import Instant, PlayerId
from lobby.ports import Retention
from lobby.ports.inboxes import entries_after
from lobby.runtime.ids import new_epoch
from lobby.stores.codec import event_kind, read_inbox_event, to_json

ROWS_MAX = 500
"""Rows in one statement, as in `write_group`."""
INBOX_ENTRIES_SWEPT_MAX = 1_000
"""Entries of inboxes that one call of `sweep` deletes."""

_INSERT = "INSERT INTO inbox_entries (player_id, seq, epoch, at, kind, event, source) VALUES"
_Row = tuple[PlayerId, int, str, Instant, str, str, str]


def write_posts(connection: sqlite3.Connection, posts: Sequence[InboxPost], entries_max: int) -> list[Inbox]:
    """Append the posts to the inboxes, within a transaction of the caller. Returns the inboxes after that."""
    if not posts:
        return []
    inboxes = _read_heads(connection, {post.player_id for post in posts})
    known = _known_sources(connection, posts)
    rows: list[_Row] = []
    for post in posts:
        if post.source:
            if (post.player_id, post.source) in known:
                continue
            known.add((post.player_id, post.source))
        before = inboxes.get(post.player_id) or Inbox(post.player_id, new_epoch())
        after = inboxes[post.player_id] = Inbox(post.player_id, before.epoch, before.version + 1, post.at)
        kind, event = event_kind(post.event), to_json(post.event)
        rows.append((post.player_id, after.version, after.epoch, post.at, kind, event, post.source))
    for start in range(0, len(rows), ROWS_MAX):
        part = rows[start : start + ROWS_MAX]
        values = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(part))
        connection.execute(f"{_INSERT} {values}", tuple(chain.from_iterable(part)))
    written = [inboxes[player_id] for player_id in dict.fromkeys(row[0] for row in rows)]
    for inbox in written:
        if inbox.version > entries_max:
            connection.execute(
                "DELETE FROM inbox_entries WHERE player_id = ? AND seq <= ?",
                (inbox.player_id, inbox.version - entries_max),
            )
    return written


def import_inbox(connection: sqlite3.Connection, entries: Iterable[InboxEntry]) -> None:
    """Write entries as they are in another store, within a transaction of the caller."""
    for entry in entries:
        inbox = entry.inbox
        row = inbox.player_id, entry.seq, inbox.epoch, entry.at, event_kind(entry.event), to_json(entry.event), ""
        connection.execute(f"{_INSERT} (?, ?, ?, ?, ?, ?, ?)", row)


def read_inbox(connection: sqlite3.Connection, player_id: PlayerId) -> Inbox:
    return _read_heads(connection, (player_id,)).get(player_id) or Inbox(player_id)


def read_inbox_entries(connection: sqlite3.Connection, after: Inbox, limit: int) -> Sequence[InboxEntry]:
    """As `Inboxes.inbox_entries`."""
    found = read_kept_entries(connection, after.player_id, after.version, limit + (after.version > 0))
    return entries_after(after, found)


def read_kept_entries(
    connection: sqlite3.Connection, player_id: PlayerId, from_seq: int, limit: int
) -> list[InboxEntry]:
    """Up to `limit` entries that are kept, from `from_seq` on."""
    rows = connection.execute(
        "SELECT seq, epoch, at, kind, event FROM inbox_entries WHERE player_id = ? AND seq >= ? ORDER BY seq LIMIT ?",
        (player_id, from_seq, limit),
    )
    return [
        InboxEntry(read_inbox_event(kind, event), Inbox(player_id, epoch, seq, at))
        for seq, epoch, at, kind, event in rows
    ]


def drop_inbox(connection: sqlite3.Connection, player_id: PlayerId) -> None:
    connection.execute("DELETE FROM inbox_entries WHERE player_id = ?", (player_id,))


def sweep_inboxes(connection: sqlite3.Connection, at: Instant, retention: Retention) -> list[PlayerId]:
    """Delete entries that are too old, the oldest first. Returns the player of each; `INBOX_ENTRIES_SWEPT_MAX`: maybe not all."""
    rows = connection.execute(
        """
        DELETE FROM inbox_entries WHERE (player_id, seq) IN (
            SELECT player_id, seq FROM inbox_entries WHERE at <= ? ORDER BY at LIMIT ?
        )
        RETURNING player_id
        """,
        (at - retention.inbox_ms, INBOX_ENTRIES_SWEPT_MAX),
    ).fetchall()
    return [player_id for (player_id,) in rows]


def _read_heads(connection: sqlite3.Connection, player_ids: Iterable[PlayerId]) -> dict[PlayerId, Inbox]:
    """The inboxes that have an entry. One statement, and one look at the key for each player."""
    rows = connection.execute(
        """
        SELECT player_id, epoch, seq, at FROM json_each(?) AS wanted JOIN inbox_entries ON player_id = wanted.value
            AND seq = (SELECT max(seq) FROM inbox_entries WHERE player_id = wanted.value)
        """,
        (json.dumps(list(player_ids)),),
    )
    return {row[0]: Inbox(*row) for row in rows}


def _known_sources(connection: sqlite3.Connection, posts: Iterable[InboxPost]) -> set[tuple[PlayerId, str]]:
    """The sources of `posts` from which their inboxes have an entry already."""
    wanted = [(post.player_id, post.source) for post in posts if post.source]
    if not wanted:
        return set()
    rows = connection.execute(
        """
        SELECT player_id, source FROM json_each(?) AS wanted JOIN inbox_entries
            ON player_id = json_extract(wanted.value, '$[0]') AND source = json_extract(wanted.value, '$[1]')
        """,
        (json.dumps(wanted),),
    )
    return {(player_id, source) for player_id, source in rows}

"""Reads a stretch of a party's log: the newest snapshot before it, and the fold from there on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from lobby.domain.events import Entry
from lobby.domain.evolve import evolve
from lobby.domain.model import Party
from lobby.domain.values import PartyId
from lobby.ports import LogTrimmed
from lobby.stores.codec import read_event, read_party
from lobby.stores.sqlite.place import place_of, seq_of
from lobby.stores.sqlite.reads import serial_of
from lobby.stores.sqlite.transaction import transaction

Row = tuple[int, int, str | None, str, str, str | None]


def read_entries(connection: sqlite3.Connection, party_id: PartyId, after_seq: int, limit: int) -> list[Entry]:
    """As `Store.entries`. Raises `LogTrimmed`."""
    with transaction(connection, "DEFERRED"):  # the snapshot found must still be there when it is read
        serial = serial_of(connection, party_id)
        if serial is None:
            return []
        start = _snapshot_place(connection, serial, after_seq + 1)
        if start is None:
            raise LogTrimmed(party_id)
        places = start, place_of(serial, after_seq + limit)
        rows = connection.execute(
            "SELECT place, at, actor_id, kind, event, party FROM entries WHERE place BETWEEN ? AND ? ORDER BY place",
            places,
        ).fetchall()
    return [entry for entry in _folded(rows) if entry.seq > after_seq]


def _snapshot_place(connection: sqlite3.Connection, serial: int, seq: int) -> int | None:
    row = connection.execute(
        """
        SELECT place FROM entries WHERE place > ? AND place <= ? AND party IS NOT NULL
        ORDER BY place DESC LIMIT 1
        """,
        (place_of(serial, 0), place_of(serial, seq)),
    ).fetchone()
    return row[0] if row is not None else None


def _folded(rows: Iterable[Row]) -> Iterator[Entry]:
    party: Party | None = None
    for place, at, actor_id, kind, event_text, party_text in rows:
        seq, event = seq_of(place), read_event(kind, event_text)
        party = read_party(party_text) if party_text is not None else evolve(party, event, seq, at, actor_id)
        yield Entry(seq, at, actor_id, event, party)

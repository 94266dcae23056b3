"""Identities in the file: how they are read and deleted."""

from __future__ import annotations

import sqlite3

from lobby.domain.identities import Identity
from lobby.domain.values import PlayerId
from lobby.stores.codec import read_identity
from lobby.stores.sqlite.connection import transaction


def read_one(connection: sqlite3.Connection, provider: str, subject: str) -> Identity | None:
    row = connection.execute(
        "SELECT identity FROM identities WHERE provider = ? AND subject = ?", (provider, subject)
    ).fetchone()
    return read_identity(row[0]) if row is not None else None


def identities_of(connection: sqlite3.Connection, player_id: PlayerId) -> list[Identity]:
    rows = connection.execute("SELECT identity FROM identities WHERE player_id = ? ORDER BY rowid", (player_id,))
    return [read_identity(text) for (text,) in rows]


def unlink(connection: sqlite3.Connection, player_id: PlayerId) -> int:
    """As `Identities.unlink_identities`."""
    with transaction(connection):
        return connection.execute("DELETE FROM identities WHERE player_id = ?", (player_id,)).rowcount

"""Finds a player in all tables of the file, and erases it from them. A new table is covered without a change here.

A row whose text column is the id of the player belongs to the player alone, and is deleted. In the JSON of other rows a stand-in
takes the place of the player. The file is rewritten after that, since deleted rows stay in it as they were until their space is
used again.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from typing import Any

import msgspec

from lobby.domain.values import PlayerId
from lobby.stores.erasure import erase_json, find_names, json_text, party_names
from lobby.stores.sqlite.connection import transaction
from lobby.stores.sqlite.schema import SEQ_BITS

log = logging.getLogger(__name__)

_OF_THE_PLAYER = frozenset({"records", "families"})
"""Tables whose rows with the id in their JSON belong to the player."""


def find_rows(connection: sqlite3.Connection, player_id: PlayerId) -> dict[str, list[Any]]:
    """As `PlayerData.player_data`, by the names of the tables."""
    found: dict[str, list[Any]] = {}
    with transaction(connection, "DEFERRED"):
        for table, columns in _tables(connection).items():
            for row in _rows_with(connection, table, columns, player_id):
                found.setdefault(table, []).append(
                    {name: _shown(value) for name, value in row.items() if name != "rowid"}
                )
    return found


def erase_player(connection: sqlite3.Connection, player_id: PlayerId, stand_in: PlayerId) -> tuple[str, ...]:
    """As `PlayerData.erase_player`. Returns the names of the player that were found."""
    began_at = time.monotonic()
    names: set[str] = set()
    serials: set[int] = set()
    with transaction(connection):
        tables = _tables(connection)
        for table, columns in tables.items():
            for row in _rows_with(connection, table, columns, player_id):
                for value in row.values():
                    if isinstance(value, str) and value != player_id and value.startswith(("{", "[")):
                        names |= find_names(value, player_id)
                if table == "entries":
                    serials.add(row["place"] >> SEQ_BITS)
        found = tuple(names)
        for table, columns in tables.items():
            if table != "entries":
                for row in _rows_with(connection, table, columns, player_id):
                    _erase_row(connection, table, row, player_id, stand_in, found)
        for name in party_names(found):
            for run in _rows_with(connection, "runs", ["run"], name):  # a run without the player may have the name
                erased = erase_json(run["run"], player_id, stand_in, found)
                connection.execute("UPDATE runs SET run = ? WHERE rowid = ?", (erased, run["rowid"]))
        for serial in serials:
            _erase_log(connection, serial, player_id, stand_in, found)
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    log.info("erased a player in %.1f s", time.monotonic() - began_at)
    return found


def _tables(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """The text columns of each table."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    tables = {}
    for name in names:
        columns = connection.execute("SELECT name, type FROM pragma_table_info(?)", (name,)).fetchall()
        texts = [column for column, kind in columns if kind == "TEXT"]
        if texts and not name.startswith("sqlite_"):
            tables[name] = texts
    return tables


def _rows_with(connection: sqlite3.Connection, table: str, columns: list[str], text: str) -> list[dict[str, Any]]:
    """The rows that have the text in a text column, as their columns by name."""
    condition = " OR ".join(f"instr({column}, ?)" for column in columns)
    texts = [json_text(text)] * len(columns)
    key = "rowid, " if _has_rowid(connection, table) else ""
    cursor = connection.execute(f"SELECT {key}* FROM {table} WHERE {condition}", texts)  # noqa: S608
    heads = [head[0] for head in cursor.description]
    return [dict(zip(heads, row, strict=True)) for row in cursor]


def _has_rowid(connection: sqlite3.Connection, table: str) -> bool:
    (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    return "WITHOUT ROWID" not in sql


def _erase_row(
    connection: sqlite3.Connection,
    table: str,
    row: dict[str, Any],
    player_id: PlayerId,
    stand_in: PlayerId,
    names: tuple[str, ...],
) -> None:
    condition, key = _key_of(row)
    if table in _OF_THE_PLAYER or player_id in row.values():
        connection.execute(f"DELETE FROM {table} WHERE {condition}", key)  # noqa: S608
        return
    for column, value in row.items():
        if isinstance(value, str) and json_text(player_id) in value:
            is_json = value.startswith(("{", "["))
            erased = erase_json(value, player_id, stand_in, names) if is_json else value.replace(player_id, stand_in)
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {condition}", (erased, *key))  # noqa: S608


def _key_of(row: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
    if "rowid" in row:
        return "rowid = ?", (row["rowid"],)
    return " AND ".join(f"{column} IS ?" for column in row), tuple(row.values())


def _erase_log(
    connection: sqlite3.Connection, serial: int, player_id: PlayerId, stand_in: PlayerId, names: tuple[str, ...]
) -> None:
    """Erase the player from a whole log: an entry without the id may have the name, in the name of the party."""
    keys = serial << SEQ_BITS, (serial + 1) << SEQ_BITS
    rows = connection.execute("SELECT place, actor_id, event, party FROM entries WHERE place BETWEEN ? AND ?", keys)
    for place, actor_id, event, party in rows.fetchall():
        erased = (
            stand_in if actor_id == player_id else actor_id,
            erase_json(event, player_id, stand_in, names),
            erase_json(party, player_id, stand_in, names) if party is not None else None,
        )
        if erased != (actor_id, event, party):
            connection.execute(
                "UPDATE entries SET actor_id = ?, event = ?, party = ? WHERE place = ?", (*erased, place)
            )


def _shown(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("{", "[")):
        return msgspec.json.decode(value)
    return value if not isinstance(value, bytes) else value.hex()

"""A sweep says if there is more to drop, and gives free pages of the file back."""

from __future__ import annotations

import logging
import re
import sqlite3
from pathlib import Path

import pytest

from lobby.domain.bounds import Bounds
from lobby.ports import Retention
from lobby.stores import open_store
from lobby.stores.sqlite.connection import PAGE_BYTES, SqliteLimits, connect, create
from lobby.stores.sqlite.schema import migrate
from lobby.stores.sqlite.sweep import FREE_PAGES_KEPT, PAGES_FREED_MAX, ROWS_SWEPT_MAX, sweep
from tests.lobby.stores.changes import AT
from tests.manual_clock import ManualClock

PAGES_PER_MIB = 2**20 // PAGE_BYTES
RETENTION = Retention(idempotency_ms=1_000)


def _file(path: Path) -> sqlite3.Connection:
    create(path)
    connection = connect(path, SqliteLimits())
    migrate(connection)
    return connection


def _add_records(connection: sqlite3.Connection, count: int, text: str = "{}") -> None:
    connection.executemany("INSERT INTO records (digest, at, record) VALUES (?, 0, ?)", [(1, text)] * count)


def test_a_full_sweep_says_that_there_is_more(tmp_path: Path) -> None:
    connection = _file(tmp_path / "lobby.db")
    _add_records(connection, 2 * ROWS_SWEPT_MAX + 1)
    assert [sweep(connection, 1_000, RETENTION).has_more for _ in range(3)] == [True, True, False]
    assert connection.execute("SELECT count(*) FROM records").fetchone() == (0,)
    connection.close()


def test_a_new_file_shrinks_after_a_sweep(tmp_path: Path) -> None:
    path = tmp_path / "lobby.db"
    connection = _file(path)
    connection.execute("BEGIN")
    _add_records(connection, ROWS_SWEPT_MAX - 1, "x" * 20_000)
    connection.execute("COMMIT")
    before = connection.execute("PRAGMA page_count").fetchone()[0]
    sweeps = 1
    while sweep(connection, 1_000, RETENTION).has_more:
        sweeps += 1
    after = connection.execute("PRAGMA page_count").fetchone()[0]
    assert before - after in range((sweeps - 1) * PAGES_FREED_MAX, sweeps * PAGES_FREED_MAX + 1)
    assert connection.execute("PRAGMA freelist_count").fetchone()[0] <= FREE_PAGES_KEPT
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size < before * 4_096 / 2
    connection.close()


def _make_without_vacuum(path: Path) -> None:
    """A file of a version that did not use `auto_vacuum`."""
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE made_before (a TEXT)")
    plain.commit()
    plain.close()
    connection = _file(path)
    _add_records(connection, ROWS_SWEPT_MAX - 1, "x" * 20_000)
    connection.close()


async def _sweep_all(path: Path) -> None:
    store = await open_store(f"sqlite:///{path}", Bounds(), RETENTION, ManualClock())
    while await store.sweep(AT):
        pass
    await store.close()


async def test_a_small_file_of_an_older_version_is_rewritten_once_and_shrinks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "lobby.db"
    _make_without_vacuum(path)
    before = path.stat().st_size
    caplog.set_level(logging.INFO)
    await _sweep_all(path)
    assert f"rewrote {path} in" in caplog.text
    assert path.stat().st_size < before - 8 * 2**20
    caplog.clear()
    await _sweep_all(path)
    assert "rewr" not in caplog.text
    assert sqlite3.connect(path).execute("SELECT count(*) FROM made_before").fetchone() == (0,)


async def test_a_large_file_of_an_older_version_stays_and_the_log_has_the_command(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lobby.stores.sqlite.sweep.REWRITTEN_MIB_MAX", 10)
    path = tmp_path / "lobby.db"
    _make_without_vacuum(path)
    before = path.stat().st_size
    await _sweep_all(path)
    assert path.stat().st_size >= before
    (command,) = re.findall(r"run: sqlite3 \S+ '(.+)'", caplog.text)
    by_hand = sqlite3.connect(path)
    by_hand.executescript(command)
    by_hand.close()
    await _sweep_all(path)
    assert path.stat().st_size < before - 8 * 2**20


async def test_a_file_that_cannot_be_rewritten_is_used_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "lobby.db"
    _make_without_vacuum(path)
    connection = connect(path, SqliteLimits())
    while (pages := connection.execute("PRAGMA page_count").fetchone()[0]) % PAGES_PER_MIB:
        connection.execute("INSERT INTO made_before VALUES (?)", ("x" * 3_000,))
    connection.close()
    limits = SqliteLimits(file_mib_max=pages // PAGES_PER_MIB)
    store = await open_store(f"sqlite:///{path}", Bounds(), Retention(), ManualClock(), limits=limits)
    assert f"could not rewrite {path}, it stays as large as it is" in caplog.text
    await store.close()

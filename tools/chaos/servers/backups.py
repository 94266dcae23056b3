"""Backups of the SQLite file, as operators make them, and restores. Each restore loses the commits since its backup."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from random import Random

from tools.chaos.expected_state.histories import Backup

IN_PLACE_SHARE = 0.5
"""The share of restores that write into the same file; others put a new one in its place."""
SEQ_BITS = 31
"""See `row_key` in lobby/stores/sqlite/schema.py."""
GENERATION = ".generation"


class StoreFile:
    """The SQLite file of a run. `folder` receives a copy of what is in it before each restore. Methods block."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.lost: list[tuple[Path, Backup]] = []
        """The file as it was before each restore, and the backup that was put back."""
        self._path = path
        self._folder = folder
        self._backup_path = folder / "backup.db"

    def back_up(self) -> Backup:
        """Copy the file by SQLite's backup while a server uses it. A later backup replaces an earlier one."""
        began_at_s = time.monotonic()
        self._folder.mkdir(exist_ok=True)
        self._backup_path.unlink(missing_ok=True)
        with closing(sqlite3.connect(self._path)) as source, closing(sqlite3.connect(self._backup_path)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            return Backup(began_at_s, _heads(copy), _closed_ids(copy))

    def restore(self, backup: Backup, random: Random) -> None:
        """Keep the file as it is, and put the backup in its place. No server may run."""
        number = len(self.lost) + 1
        kept = self._folder / f"history-{number}"
        kept.mkdir()
        self.lost.append((self._keep(kept), backup))
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        if random.random() < IN_PLACE_SHARE:
            self._path.write_bytes(self._backup_path.read_bytes())
        else:
            new = self._path.with_name("restored.db")
            shutil.copyfile(self._backup_path, new)
            new.replace(self._path)

    def _keep(self, folder: Path) -> Path:
        """A copy with all commits. The file beside it says that it lacks none, so that opening it changes no epoch."""
        path = folder / self._path.name
        for suffix in ("", "-wal", GENERATION):
            source = self._path.with_name(self._path.name + suffix)
            if source.exists():
                shutil.copyfile(source, path.with_name(path.name + suffix))
        generation = path.with_name(path.name + GENERATION)
        history, commits, _ = generation.read_text(encoding="ascii").split()
        generation.write_text(f"{history} {commits} {os.stat(path).st_ino:020d}\n", encoding="ascii")
        return path


def _heads(file: sqlite3.Connection) -> dict[str, int]:
    query = f"""
        SELECT id, max(place & {(1 << SEQ_BITS) - 1}) FROM parties JOIN entries ON place >> {SEQ_BITS} = serial GROUP BY id
    """  # noqa: S608
    return dict(file.execute(query))


def _closed_ids(file: sqlite3.Connection) -> frozenset[str]:
    return frozenset(id for (id,) in file.execute("SELECT id FROM parties WHERE closed_at IS NOT NULL"))

"""Copies of a store file: a backup while a server uses it, the way back, and the copy before an update changes the tables."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lobby.stores.sqlite.connection import BUSY_TIMEOUT_S, sync_folder
from lobby.stores.sqlite.history import SUFFIX
from lobby.stores.sqlite.ownership import Ownership
from lobby.stores.sqlite.schema import MIGRATIONS, schema_of

log = logging.getLogger(__name__)

DRAFT_SUFFIX = ".draft"
"""The end of the name of a copy that is not whole yet."""
_BESIDE = ("", "-wal", SUFFIX)
"""The files of a store, by the ends of their names. The -shm file has nothing that is not in the -wal file."""


class NotAStore(ValueError):
    """The file is no store of this server, or it is damaged."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """The facts that a store file has about itself."""

    schema: int
    """The version of its tables."""
    live_parties: int

    @property
    def is_older(self) -> bool:
        """The next start of a server brings it up to date."""
        return self.schema < len(MIGRATIONS)

    @property
    def is_newer(self) -> bool:
        """Only a newer server can use it."""
        return self.schema > len(MIGRATIONS)


def inspect(path: Path, *, is_thorough: bool = False) -> FileReport:
    """Read a store file without changing it, also while a server uses it.

    `is_thorough`: check each page, which reads the whole file.

    Raises `NotAStore`; `FileNotFoundError` if there is no file.
    """
    with _reading(path) as connection:
        try:
            schema = schema_of(connection)
            if schema == 0:
                raise NotAStore(f"{path} is no store of this server")
            if is_thorough:
                verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if verdict != "ok":
                    raise NotAStore(f"{path} is damaged: {verdict}")
            parties: int = connection.execute("SELECT count(*) FROM parties WHERE closed_at IS NULL").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise NotAStore(f"{path} can't be read as a store: {error}") from None
    return FileReport(schema, parties)


def back_up(path: Path, target: Path) -> FileReport:
    """Copy a store file as of one moment, also while a server uses it, and check the copy. `target` must not exist yet.

    The copy takes its name when it is whole and on the disk. A copy that was broken off has `DRAFT_SUFFIX` at its end.

    Raises `NotAStore`, `OSError`, `sqlite3.Error`.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists already")
    draft = target.with_name(target.name + DRAFT_SUFFIX)
    draft.unlink(missing_ok=True)
    with _reading(path) as source:
        copy_into(source, draft)
    report = inspect(draft, is_thorough=True)
    draft.rename(target)
    sync_folder(target.parent)
    return report


def copy_before_update(connection: sqlite3.Connection, path: Path) -> None:
    """Copy a file whose tables this server is about to change, so that the server of before can be run again.

    The copy has the old schema in its name. A former copy with this name is older, and is replaced.

    Raises `OSError`, `sqlite3.Error`.
    """
    schema = schema_of(connection)
    if not 0 < schema < len(MIGRATIONS):
        return
    target = path.with_name(f"{path.name}.schema-{schema}")
    draft = target.with_name(target.name + DRAFT_SUFFIX)
    log.info(
        "copying %s to %s, before its tables are brought from schema %d to %d", path, target, schema, len(MIGRATIONS)
    )
    draft.unlink(missing_ok=True)
    copy_into(connection, draft)
    draft.replace(target)
    sync_folder(path.parent)
    log.info("copied it: delete %s once this version has proved itself", target)


def copy_into(source: sqlite3.Connection, target: Path) -> None:
    """Copy what `source` sees now into a new file for this user only, and write it to the disk."""
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    copy = sqlite3.connect(target)
    try:
        # All pages in one step: the copy is of one moment. A server that commits during the copy does not wait, and the copy
        # does not begin again.
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a -wal beside it; a server sets WAL again
    finally:
        copy.close()
    with target.open("rb") as file:
        os.fsync(file.fileno())


def restore(backup: Path, path: Path, moved_to: str) -> list[Path]:
    """Put a backup into the place of a store file, which no server may use.

    Files that are there are moved: they get `moved_to` behind their names, and are returned by their old names. The next server
    begins new epochs: clients that resume get a snapshot.

    Raises `NotAStore` for a backup that is damaged or newer than this server, `InUse`, `OSError`, `sqlite3.Error`.
    """
    report = inspect(backup, is_thorough=True)
    if report.is_newer:
        raise NotAStore(f"{backup} has schema {report.schema}, this server knows schemas up to {len(MIGRATIONS)}")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = Ownership(path)
    try:
        draft = path.with_name(path.name + DRAFT_SUFFIX)
        draft.unlink(missing_ok=True)
        with _reading(backup) as source:
            copy_into(source, draft)
        moved = _move_away(path, moved_to)
        path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
        path.with_name(path.name + SUFFIX).touch(mode=0o600)  # empty, so it proves nothing: see `FileHistory`
        draft.rename(path)
        sync_folder(path.parent)
    finally:
        owner.release()
    return moved


def _move_away(path: Path, moved_to: str) -> list[Path]:
    """The parts keep the ends of their names, so that the moved file is a store again."""
    moved = []
    for end in _BESIDE:
        part = path.with_name(path.name + end)
        if part.exists():
            part.rename(path.with_name(f"{path.name}{moved_to}{end}"))
            moved.append(part)
    return moved


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can't write. Raises `FileNotFoundError`, `NotAStore`."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)
    except sqlite3.Error as error:
        raise NotAStore(f"{path} can't be opened: {error}") from None
    try:
        yield connection
    finally:
        connection.close()

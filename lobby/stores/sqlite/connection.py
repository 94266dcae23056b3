"""Connections to the store's file, each with a thread of its own."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, Protocol, TypeVar

from lobby.ports import Unavailable

Result = TypeVar("Result")

STATEMENTS_CACHED_MAX = 512
"""An insert of each number of rows is a statement of its own. Preparing one costs as much as writing a small group."""
BUSY_TIMEOUT_S = 5.0
"""No other server writes, but an operator's shell may lock the file for a moment."""
CHECKPOINT_PAGES = 4_000
"""The write-ahead log is copied into the file after 16 MiB: seldom enough to cost little, often enough to recover fast."""
PAGE_BYTES = 4096
WAITING_MAX = 1_000
"""Jobs that may wait for one thread. A job takes a fraction of a millisecond; with more of them callers would time out."""


@dataclass(frozen=True, slots=True)
class SqliteLimits:
    """Bounds of one store file."""

    latest_entries_max: int = 20_000
    """Log entries in memory, for live followers."""
    latest_entries_mib: int = 64
    """The same in memory, as estimated: an entry takes one kilobyte on average, and over 100 with many new attributes."""
    cache_mib: int = 64
    copies_before_update: bool = True
    """Copy a file of an older server before its tables are changed."""
    file_mib_max: int | None = None
    """A larger file counts as a full disk. None: no limit."""


class Guard(Protocol):
    """Checks the files of a connection, see `lobby.stores.sqlite.ownership.FileGuard`."""

    def on_connect(self) -> None: ...

    def on_disconnect(self) -> None: ...

    def verify(self) -> None:
        """Raises `Unavailable`."""


@dataclass(slots=True, eq=False)
class Job:
    """Work for the thread of a connection, and the future of its result in the event loop of the caller."""

    work: Callable[[], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop

    def run(self) -> None:
        """Called in the thread."""
        if self.done.cancelled():
            return
        try:
            result, error = self.work(), None
        except BaseException as raised:
            result, error = None, raised
        with suppress(RuntimeError):  # the event loop was closed, and nobody waits any more
            self.loop.call_soon_threadsafe(self._finish, result, error)
        del self, error  # the traceback of the error has this frame: with the future they would be a reference cycle

    def _finish(self, result: Any, error: BaseException | None) -> None:
        if self.done.cancelled():
            return
        if error is None:
            self.done.set_result(result)
        else:
            self.done.set_exception(error)


class ConnectionThread:
    """One thread with one connection. It does one job after the other, in the order of the calls.

    The thread of a `ThreadPoolExecutor` would do the same, but each of its jobs has a second future with locks of its own.
    """

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection], guard: Guard | None = None) -> None:
        """`guard` checks the files before each job, and before a new connection could create an empty file."""
        self._name = name
        self._connect = connect
        self._guard = guard
        self._connection: sqlite3.Connection | None = None
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        """None ends the thread."""
        self._thread: Thread | None = None
        """Begins with the first job."""
        self._waiting = 0
        self._is_closed = False

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `work` on the thread. Raises `Unavailable` for every error of the file or the disk."""
        if self._is_closed or self._waiting >= WAITING_MAX:
            raise Unavailable("the store is closed" if self._is_closed else "too many jobs wait for the disk")
        self._waiting += 1
        try:
            result: Result = await self._begin(partial(self._run, work))
            return result
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(f"{type(error).__name__}: {error}") from error
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Return when all jobs that wait are done and the connection is closed."""
        self._is_closed = True
        await self._begin(self._disconnect)
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()

    def _begin(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        if self._thread is None:
            # A daemon, so that a process whose store was not closed can end.
            self._thread = Thread(target=self._do_jobs, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        job = Job(work, loop.create_future(), loop)
        self._jobs.put(job)
        return job.done

    def _do_jobs(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
            del job  # not kept until the next one comes

    def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._guard is not None:
            self._guard.verify()
        if self._connection is None:
            self._connection = self._connect()
            if self._guard is not None:
                self._guard.on_connect()
        try:
            return work(self._connection)
        except sqlite3.Error:
            self._disconnect()  # its state is unknown, so the next job gets a new one
            raise

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            if self._guard is not None:
                self._guard.on_disconnect()


def create(path: Path) -> None:
    """Create the file and its folder, for this user only. If they exist they stay as they are."""
    folder = path.parent
    folder_is_new = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLite gives the files beside it (-wal, -shm) the same permissions
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if os.name == "posix":
        sync_folder(folder)
        if folder_is_new:
            sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk. Without its name a file is lost after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def connect(path: Path, limits: SqliteLimits, *, reads_only: bool = False) -> sqlite3.Connection:
    """A connection with the settings that the store needs. One thread at a time may use it."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",  # a file that was removed is not created again
        uri=True,
        isolation_level=None,  # Python starts no transactions by itself: see `transaction`
        timeout=BUSY_TIMEOUT_S,
        cached_statements=STATEMENTS_CACHED_MAX,
        check_same_thread=False,
    )
    try:
        _configure(connection, limits)
        if reads_only:
            connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _configure(connection: sqlite3.Connection, limits: SqliteLimits) -> None:
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # no effect on a file that has pages: so it comes first
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # opens the write-ahead log
    connection.execute("PRAGMA synchronous = FULL")  # with NORMAL a power cut would lose the last commits of a WAL
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {CHECKPOINT_PAGES * PAGE_BYTES}")
    connection.execute(f"PRAGMA cache_size = {-1024 * limits.cache_mib}")
    if limits.file_mib_max is not None:
        connection.execute(f"PRAGMA max_page_count = {limits.file_mib_max * 2**20 // PAGE_BYTES}")


@contextmanager
def transaction(connection: sqlite3.Connection, mode: str = "IMMEDIATE") -> Iterator[None]:
    """Do all statements within, or none of them. `mode` DEFERRED: for several reads of one state."""
    connection.execute(f"BEGIN {mode}")
    try:
        yield
        # Like "COMMIT", but the thread gives the interpreter's lock away once and not twice, and has to wait for it once.
        connection.commit()
    except BaseException:
        connection.rollback()  # nothing happens if a full disk has ended the transaction already
        raise

"""Keeps a store file to one process, and notices when its files are removed while they are in use.

A second process would have a state of its own in memory. Commits to a file that has no name any more are lost with the process.
"""

from __future__ import annotations

import logging
import os
import struct
import sys
from pathlib import Path

from lobby.ports import Unavailable

log = logging.getLogger(__name__)

_PID_BYTES_MAX = 20

FileId = tuple[int, int]
"""Device and inode."""


class InUse(Exception):
    """Another process has the store open."""


class Ownership:
    """A lock on a file beside the store's file, and on Linux on the file itself. The system releases both when the process ends,
    also after a crash.

    The second lock holds if somebody removes the file beside it, and for every other name of the same file.
    """

    def __init__(self, path: Path) -> None:
        """Take the locks. Raises `InUse`, also for a file with several hard links: each name has a write-ahead log of its own."""
        self._path = path
        lock_path = path.with_name(f"{path.name}.lock")
        self._file = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        self._database: int | None = None
        try:
            _lock(self._file)
            if path.exists():
                self._lock_database()
        except OSError:
            owner = os.read(self._file, _PID_BYTES_MAX).decode(errors="replace").strip()
            self.release()
            raise InUse(f"{path} is in use by process {owner or 'unknown'}; only one server may open it") from None
        except InUse:
            self.release()
            raise
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Release the locks, after the last connection is closed: closing a file here drops SQLite's own locks on it.

        The lock file stays: if it were removed, two processes could lock two files of the same name.
        """
        if self._database is not None:
            os.close(self._database)
        os.close(self._file)

    def _lock_database(self) -> None:
        self._database = os.open(self._path, os.O_RDWR)
        links = os.fstat(self._database).st_nlink
        if links > 1:
            raise InUse(
                f"{self._path} has {links} hard links, and another server could use it by another name: "
                "remove the others, or copy the file"
            )
        _lock_database(self._database)


class FileGuard:
    """Raises `Unavailable` before each job if the file, or its write-ahead log, was removed or replaced."""

    def __init__(self, path: Path) -> None:
        # Texts, since a `Path` is made a text again for each call of the system.
        self._files: dict[str, FileId] = {str(path): _read_file_id(str(path))}
        self._log_path = str(path.with_name(f"{path.name}-wal"))
        self._is_missing = False

    def on_connect(self) -> None:
        """A connection was opened: it may have created the write-ahead log."""
        try:
            self._files[self._log_path] = _read_file_id(self._log_path)
        except FileNotFoundError:
            self._files.pop(self._log_path, None)

    def on_disconnect(self) -> None:
        """The last connection removes the write-ahead log."""
        self._files.pop(self._log_path, None)

    def verify(self) -> None:
        """Two calls of the system: some 3 µs."""
        for path, file_id in self._files.items():
            try:
                is_same = _read_file_id(path) == file_id
            except OSError:
                is_same = False
            if not is_same:
                message = f"{path} was removed or replaced while the server uses it: put it back, or restart the server"
                if not self._is_missing:
                    self._is_missing = True
                    log.error("%s", message)
                raise Unavailable(message)
        if self._is_missing:
            self._is_missing = False
            log.warning("the files of the store are back")


def _read_file_id(path: str) -> FileId:
    found = os.stat(path)
    return found.st_dev, found.st_ino


if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 30
    """Windows forbids others to read a locked byte, so the lock is on a byte beyond the end of the file."""

    def _lock(file: int) -> None:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


if sys.platform == "linux" and sys.maxsize > 1 << 32:
    _DATABASE_BYTE = 1 << 40
    """Beyond the bytes that SQLite locks, which are at 1 GiB."""

    def _lock_database(file: int) -> None:
        """Unlike a plain `fcntl` lock, this one belongs to the open file: closing another one does not release it."""
        request = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, _DATABASE_BYTE, 1, 0)
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, request)

else:

    def _lock_database(file: int) -> None:
        """On other systems such a lock would block the locks of SQLite."""

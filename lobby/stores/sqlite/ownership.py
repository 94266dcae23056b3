"""One process owns a store file: the state is in its memory, and two of them would each have their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PID_BYTES_MAX = 20


class InUse(Exception):
    """Another process has the store open."""


class Ownership:
    """A lock on a file beside the store's. The system lets go of it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Raises `InUse`."""
        lock_path = path.with_name(f"{path.name}.lock")
        self._file = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except OSError:
            owner = os.read(self._file, _PID_BYTES_MAX).decode(errors="replace").strip()
            os.close(self._file)
            raise InUse(f"{path} is in use by process {owner or 'unknown'}; only one server may open it") from None
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """The file stays: removing it would let two others lock two different files of one name."""
        os.close(self._file)


if sys.platform == "win32":
    import msvcrt

    _FAR_OFF = 1 << 30
    """On Windows a locked byte can't be read, so it is one that nobody reads."""

    def _lock(file: int) -> None:
        os.lseek(file, _FAR_OFF, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

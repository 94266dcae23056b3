"""The system's clock as a server sees it: libfaketime adds an offset to it, which can change while the server runs.

The server needs no code for this. The library intercepts the calls by which a process reads the wall clock, and leaves the
monotonic clock alone, as a step of the real clock (NTP, a resumed virtual machine) does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

LIBRARY = "libfaketimeMT.so.1"
_FOLDERS = (Path("/usr/lib"), Path("/usr/local/lib"))
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # the library chooses it
MISSING = f"clocks are not faked: {LIBRARY} is missing (package faketime of Debian and Ubuntu)"


def find_library() -> Path | None:
    """The library for this machine; None if it is not installed."""
    found = (path for folder in _FOLDERS for path in folder.glob(f"**/faketime/{LIBRARY}"))
    return next(found, None)


class FakeClock:
    """The offset of one server's clock, in a file that the library reads again at each reading of the clock."""

    def __init__(self, library: Path, file: Path, offset_s: float = 0.0) -> None:
        self.offset_s = offset_s
        self._library = library
        self._file = file
        self.set_offset(offset_s)

    @property
    def settings(self) -> Mapping[str, str]:
        """The environment variables of the server."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file.absolute()),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # with it Python's waits for the GIL took up to a second (0.9.10)
            "NO_FAKE_STAT": "1",
        }

    def clean_up(self, pid: int) -> None:
        """Remove what the library leaves of a process that was killed."""
        for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
            (_SHARED_MEMORY / name).unlink(missing_ok=True)

    def set_offset(self, offset_s: float) -> None:
        """Set the clock to the machine's time plus `offset_s`, at once."""
        self.offset_s = offset_s
        new = self._file.with_suffix(".new")
        new.write_text(f"{offset_s:+.3f}\n", encoding="ascii")
        new.replace(self._file)  # never half a file

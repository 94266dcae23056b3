"""Starts the workers, starts those again that end, and stops all of them together."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from lobby.auth.secret import HEX_PREFIX, Secret
from lobby.stores.valkey.address import is_valkey
from web.serving import STOP_WAIT_S
from web.settings.server import SQLITE
from web.settings.settings import Settings
from web.workers.own_valkey import OwnValkey, ValkeyFailed, end_with_parent

log = logging.getLogger("lobby")

WORKERS_MAX = 64
PORT_MAX = 65_535
_LOOK_EVERY_S = 0.1
_FIRST_PAUSE_S = 1.0
_PAUSE_MAX_S = 30.0
_HEALTHY_S = 60.0
"""A worker that ends after less than this was not well: the pause before its next start doubles."""
_STOP_MARGIN_S = 5.0


@dataclass(slots=True)
class _Worker:
    number: int
    process: subprocess.Popen[bytes] | None = None
    started_at_s: float = 0.0
    pause_s: float = _FIRST_PAUSE_S
    start_at_s: float = field(default_factory=time.monotonic)


class Supervisor:
    """`count` nodes that listen on one port (SO_REUSEPORT: the kernel spreads the connections), and each on one of its own."""

    def __init__(self, settings: Settings, count: int, command: Sequence[str]) -> None:
        """`command` starts one node. Exits with a line for what is wrong with the settings."""
        if not 1 <= count <= WORKERS_MAX:
            raise SystemExit(f"--workers: 1 to {WORKERS_MAX}, not {count}")
        if settings.port + count > PORT_MAX:
            raise SystemExit(f"LOBBY_PORT: at most {PORT_MAX - count}: the {count} workers take the ports above it")
        if not hasattr(socket, "SO_REUSEPORT"):
            raise SystemExit("--workers: this system can't share a port among processes (SO_REUSEPORT)")
        self._settings = settings
        self._command = command
        self._valkey = self._own_valkey()
        self._secret = self._shared_secret() if self._valkey is not None and settings.secret is None else None
        """For the workers; None: the settings have one."""
        self._reserved = self._reserve_port()
        self._workers = [_Worker(number) for number in range(1, count + 1)]
        self._is_stopping = False

    def run(self) -> int:
        """Until SIGTERM or SIGINT. The exit code: 0 if all workers have ended well."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop_soon)
        signal.signal(signal.SIGHUP, self._pass_on)
        try:
            if self._valkey is not None:
                self._valkey.start()
            log.info("%d workers at http://%s:%d", len(self._workers), *self._reserved.getsockname()[:2])
            while not self._is_stopping:
                self._look_after_all()
                time.sleep(_LOOK_EVERY_S)
            return self._stop_workers()
        except ValkeyFailed as error:
            self._stop_workers()
            raise SystemExit(str(error)) from None
        finally:
            if self._valkey is not None:
                self._valkey.close()
            self._reserved.close()

    def _own_valkey(self) -> OwnValkey | None:
        """None if the settings name a store that nodes share."""
        if is_valkey(self._settings.store):
            return None
        if "store" in self._settings.model_fields_set:
            raise SystemExit(
                "--workers: LOBBY_STORE must be a store that nodes share, valkey://…, or not set: then the workers get a "
                "Valkey of their own"
            )
        database = Path(self._settings.store.removeprefix(SQLITE))
        if database.exists():
            log.warning(
                "the parties in %s are not in the Valkey of the workers; docs/nodes.md says how to copy", database
            )
        try:
            return OwnValkey(self._settings.valkey_folder)
        except ValkeyFailed as error:
            raise SystemExit(str(error)) from None

    def _shared_secret(self) -> str:
        """From the file beside the data, which is made with the data."""
        folder = self._settings.valkey_folder
        path = folder / "secret"
        if (folder / "appendonlydir").exists() and not path.exists():
            raise SystemExit(
                f"LOBBY_SECRET: {path} is missing, and {folder} has data. Restore the file. If it is lost, set LOBBY_SECRET to a "
                "new secret; then all players have to sign in again"
            )
        try:
            Secret.from_file(path)
        except ValueError as error:
            raise SystemExit(str(error)) from None
        return HEX_PREFIX + path.read_text().strip()

    def _reserve_port(self) -> socket.socket:
        """A socket that holds the port and never listens, so that the kernel gives it no connection."""
        host, port = self._settings.host, self._settings.port
        reserved = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            with socket.socket(reserved.family) as probe:  # without SO_REUSEPORT: no other server may have the port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
                port = probe.getsockname()[1]
            reserved.bind((host, port))
        except OSError as error:
            reserved.close()
            raise SystemExit(f"LOBBY_HOST and LOBBY_PORT: can't listen on {host}:{port}: {error.strerror}") from None
        return reserved

    def _look_after_all(self) -> None:
        if self._valkey is not None and self._valkey.has_ended:
            log.error("the Valkey of the workers has ended, starting it again")
            self._valkey.start()
        for worker in self._workers:
            if worker.process is not None and worker.process.poll() is not None:
                self._note_end(worker, worker.process.returncode)
            if worker.process is None and time.monotonic() >= worker.start_at_s:
                self._start(worker)

    def _note_end(self, worker: _Worker, code: int) -> None:
        worker.process = None
        ran_s = time.monotonic() - worker.started_at_s
        worker.pause_s = _FIRST_PAUSE_S if ran_s >= _HEALTHY_S else min(2 * worker.pause_s, _PAUSE_MAX_S)
        worker.start_at_s = time.monotonic() + worker.pause_s
        log.error("worker %d ended with code %d, next start in %g s", worker.number, code, worker.pause_s)

    def _start(self, worker: _Worker) -> None:
        host, port = self._reserved.getsockname()[:2]
        own_port = port + worker.number if self._settings.port else 0
        arguments = ["--host", host, "--port", str(port), "--shared-port", "--own-port", str(own_port)]
        worker.started_at_s = time.monotonic()
        worker.process = subprocess.Popen(  # noqa: S603
            [*self._command, *arguments],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops the workers
            preexec_fn=end_with_parent(),
        )
        log.info("worker %d is process %d", worker.number, worker.process.pid)

    def _environment(self) -> Mapping[str, str]:
        if self._valkey is None:
            return os.environ
        shared = {"LOBBY_STORE": self._valkey.url}
        if self._secret is not None:
            shared["LOBBY_SECRET"] = self._secret
        return {**os.environ, **shared}

    def _stop_workers(self) -> int:
        """All at once: each says to its clients when to come back."""
        running = [worker.process for worker in self._workers if worker.process is not None]
        for process in running:
            process.terminate()
        give_up_at = time.monotonic() + STOP_WAIT_S + _STOP_MARGIN_S
        for process in running:
            try:
                process.wait(max(give_up_at - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return max((abs(process.returncode) for process in running), default=0)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        """Each worker reads the settings again."""
        for worker in self._workers:
            if worker.process is not None:
                worker.process.send_signal(number)

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        self._is_stopping = True

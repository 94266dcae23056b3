"""A server of the benchmark, from its start to its end, and what the kernel says it used."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.contenders import Contender
from bench.cores import on_server_core
from bench.stage import Stage

UP_WAIT_S = 120.0
DOWN_WAIT_S = 30.0
POLL_S = 0.01
ANSWER_WAIT_S = 30.0
LOG_LINES_SHOWN = 15
KEPT_S = 2.0
"""An unused connection is not used again after this: Node's servers close theirs after 5 s."""
_ALL_THREADS = 2
"""CPUCLOCK_SCHED: time on a core as the scheduler counted it, of all threads of a process."""


class DidNotServe(Exception):
    """A server that does not come up, or answers with something else than asked; the message has the end of its log."""


class Served:
    """One running server."""

    def __init__(self, contender: Contender, port: int, pid: int, up_after_s: float) -> None:
        self.contender = contender
        self.port = port
        self.up_after_s = up_after_s
        """From the start of the process to its first answer."""
        self._pid = pid
        self._used_s = time.perf_counter()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WAIT_S)

    def cpu_s(self) -> float:
        """What all threads of the process have used so far. /proc/<pid>/stat tells the same in steps of 10 ms."""
        return time.clock_gettime(~self._pid << 3 | _ALL_THREADS)

    def resident_kib(self) -> int:
        """Memory of the process that is in RAM."""
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1])

    def signal(self, number: signal.Signals) -> None:
        os.kill(self._pid, number)

    def request(self, method: str, path: str, body: str = "", token: str = "") -> str:
        """The body of the answer. Raises `DidNotServe` for any status but 200."""
        if time.perf_counter() - self._used_s > KEPT_S:
            self._connection.close()  # It opens again by itself.
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        self._connection.request(method, path, body.encode(), headers)
        response = self._connection.getresponse()
        answer = response.read().decode()
        self._used_s = time.perf_counter()
        if response.status != http.client.OK:
            raise DidNotServe(f"{self.contender.name} answered {response.status}: {answer[:300]}")
        return answer

    def close(self) -> None:
        self._connection.close()


@contextmanager
def served(contender: Contender, stage: Stage) -> Iterator[Served]:
    """A server on a copy of the stage's world, on a core of its own. Raises `DidNotServe`."""
    with stage.copied() as folder, (folder / "log").open("w+b") as log:
        port = _free_port()
        environment = stage.environment(contender, folder, port)
        began_s = time.perf_counter()
        with on_server_core():
            process = subprocess.Popen(  # noqa: S603 - one of the commands in contenders.py
                contender.command, cwd=folder, env=environment, stdout=log, stderr=log
            )
        try:
            _wait_until_up(process, port, folder / "log")
            server = Served(contender, port, process.pid, time.perf_counter() - began_s)
            yield server
            server.close()
        finally:
            _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Up is what gives an answer, whichever it is."""
    latest_s = time.perf_counter() + UP_WAIT_S
    while time.perf_counter() < latest_s and process.poll() is None:
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WAIT_S)
        try:
            probe.request("GET", "/healthz")
            probe.getresponse()
            return
        except OSError:
            time.sleep(POLL_S)
        finally:
            probe.close()
    end = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES_SHOWN:]
    raise DidNotServe("\n".join(["the server did not come up:", *end]))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(DOWN_WAIT_S)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

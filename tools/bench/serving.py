"""One server process of the benchmark, from start to end, and the CPU and memory that it uses by the kernel's count."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.bench.collector import collector
from tools.bench.contenders import COLLECTOR, Contender, find_node
from tools.bench.machine import SERVER_CORE, on_server_core
from tools.bench.setup import CHECKOUT, Setup

START_WAIT_S = 120.0
STOP_WAIT_S = 30.0
POLL_S = 0.01
ANSWER_WAIT_S = 30.0
LOG_LINES_SHOWN = 15
KEEP_ALIVE_S = 2.0
"""An idle connection is opened again after this time: Node's servers close theirs after 5 s."""
_ALL_THREADS = 2
"""CPUCLOCK_SCHED of Linux: the CPU time of all threads of a process, as the scheduler counts it."""


class DidNotServe(Exception):
    """A server did not start, or gave an unexpected answer. The message has the end of its log, or the answer."""


class RunningServer:
    """A server that has answered its first request."""

    def __init__(self, contender: Contender, folder: Path, port: int, pid: int, started_after_s: float) -> None:
        self.contender = contender
        self.folder = folder
        """The folder in which it runs."""
        self.port = port
        self.started_after_s = started_after_s
        """From the start of the process to its first answer."""
        self.pid = pid
        self._used_at_s = time.perf_counter()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WAIT_S)

    def cpu_s(self) -> float:
        """CPU time of all threads so far. /proc/<pid>/stat has the same, but in steps of 10 ms."""
        return cpu_s_of(self.pid)

    def resident_kib(self) -> int:
        """The resident memory of the process."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1])

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def request(self, method: str, path: str, body: str = "", token: str = "") -> str:
        """Send one request and return the body of the response. Raises `DidNotServe` for any status but 200."""
        if time.perf_counter() - self._used_at_s > KEEP_ALIVE_S:
            self._connection.close()  # The next request opens it again.
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        self._connection.request(method, path, body.encode(), headers)
        response = self._connection.getresponse()
        answer = response.read().decode()
        self._used_at_s = time.perf_counter()
        if response.status != http.client.OK:
            raise DidNotServe(f"{self.contender.name} answered {response.status}: {answer[:300]}")
        return answer

    def close(self) -> None:
        self._connection.close()


@contextmanager
def start_server(contender: Contender, setup: Setup) -> Iterator[RunningServer]:
    """A server on a copy of the setup, on a core of its own, until the block ends. Raises `DidNotServe`."""
    with (
        setup.copy_for(contender) as folder,
        (folder / "log").open("w+b") as log,
        collector(contender) as collector_url,
    ):
        port = _free_port()
        environment = setup.environment(contender, folder, port)
        environment |= {name: collector_url for name, value in contender.settings if value == COLLECTOR}
        started_at_s = time.perf_counter()
        with on_server_core():
            process = subprocess.Popen(  # noqa: S603 - a program of contenders.py
                _command(contender, folder), cwd=folder, env=environment, stdout=log, stderr=log
            )
        try:
            _wait_until_up(process, port, folder / "log")
            server = RunningServer(contender, folder, port, process.pid, time.perf_counter() - started_at_s)
            yield server
            server.close()
        finally:
            _stop(process)


def cpu_s_of(pid: int) -> float:
    """CPU time of all threads of a process so far."""
    return time.clock_gettime(~pid << 3 | _ALL_THREADS)


def _command(contender: Contender, folder: Path) -> list[str]:
    """The program of a lobby server is below its checkout, unless its path is absolute."""
    if contender.program.suffix == ".mjs":
        return [find_node(), str(contender.program)]
    return [sys.executable, str(folder / CHECKOUT / contender.program)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Returns once the server answers GET /healthz, with any status."""
    deadline_s = time.perf_counter() + START_WAIT_S
    while time.perf_counter() < deadline_s and process.poll() is None:
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WAIT_S)
        try:
            probe.request("GET", "/healthz")
            probe.getresponse()
            return
        except OSError:
            time.sleep(POLL_S)
        finally:
            probe.close()
    last_lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES_SHOWN:]
    raise DidNotServe("\n".join(["the server did not start:", *last_lines]))


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_WAIT_S)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(STOP_WAIT_S)


_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)
"""The columns of /proc/stat, after the name, that count idle time: idle and iowait."""
_COLUMNS = 8
"""The columns after these count guests' time, which the first ones include already."""


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu_s`: CPU time of the server. `others_share`: the share of the time of the core that everything else took, 0 to 1.
    It includes the work of the kernel for the network, a few percent."""

    cpu_s: float
    others_share: float


class Meter:
    """Measures a server from the creation of this object on."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._started_at_s = time.perf_counter()
        self._core_busy_s = _core_busy_s()
        self._cpu_s = server.cpu_s()

    def read(self) -> Usage:
        cpu_s = self._server.cpu_s() - self._cpu_s
        others_s = _core_busy_s() - self._core_busy_s - cpu_s
        return Usage(cpu_s, min(1.0, max(0.0, others_s / (time.perf_counter() - self._started_at_s))))


def _core_busy_s() -> float:
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    columns = next(line for line in lines if line.startswith(f"cpu{SERVER_CORE} ")).split()[1 : 1 + _COLUMNS]
    return sum(int(ticks) for column, ticks in enumerate(columns) if column not in _IDLE) * _TICK_S

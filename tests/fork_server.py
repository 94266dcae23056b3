"""Starts servers in a tenth of the time: a process that has imported the server's modules forks each of them.

`python server.py` takes more than a second of CPU, nearly all of it for imports, and the tests start many servers. Each forked
server is a process of its own that runs `server.main`, with the environment and the arguments that it would have otherwise. What
a new interpreter does at the start is tested where tests run `python server.py` (tests/served/test_start_errors.py and others).
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from threading import Lock

from tests.needs import ROOT
from tools.chaos.servers.cluster import SERVER

_READY_WAIT_S = 120.0
_ACCEPTED = b"."
_IMPORTED_BY_A_START = ("pydantic.v1", "uvicorn.lifespan.on", "uvicorn.loops.auto")
"""Modules that libraries import only when a server starts, which takes 25 ms of CPU."""


class ForkedProcess:
    """A forked process, with that part of `asyncio.subprocess.Process` that the tests use."""

    def __init__(self, pid: int, exit_code: asyncio.Task[int], stderr: asyncio.StreamReader | None = None) -> None:
        self.pid = pid
        self.stderr = stderr
        self._exit_code = exit_code

    @property
    def returncode(self) -> int | None:
        return self._exit_code.result() if self._exit_code.done() else None

    async def wait(self) -> int:
        """The exit code; that of a process which a signal has ended is negative."""
        return await asyncio.shield(self._exit_code)

    def send_signal(self, number: int) -> None:
        """Raises `ProcessLookupError` if the process has ended."""
        if self._exit_code.done():
            raise ProcessLookupError
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def start_forked(arguments: Sequence[str], environment: Mapping[str, str]) -> ForkedProcess:
    """`python server.py` with these arguments in this environment, in the checkout. Its standard error is piped."""
    log, log_end = os.pipe()
    try:
        process = await _fork(arguments, environment, log_end)
    finally:
        os.close(log_end)
    process.stderr, _ = await _open(log)
    return process


async def start_forked_server(command: Sequence[str], environment: Mapping[str, str], output: int) -> ForkedProcess:
    """For nodes of tools/chaos: `command` is `SERVER`. Its standard error goes to `output`."""
    assert tuple(command) == SERVER, "it can do nothing else"
    return await _fork((), environment, output)


async def _fork(arguments: Sequence[str], environment: Mapping[str, str], stderr: int) -> ForkedProcess:
    status, status_end = os.pipe()
    try:
        await asyncio.to_thread(_fork_server.fork, arguments, environment, (stderr, status_end))
    finally:
        os.close(status_end)
    report, transport = await _open(status)
    async with asyncio.timeout(_READY_WAIT_S):
        pid = int(await report.readline())
    return ForkedProcess(pid, asyncio.create_task(_read_exit_code(report, transport)))


async def _open(descriptor: int) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    """Reads a pipe, which closes at its end."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb")
    )
    return reader, transport


async def _read_exit_code(report: asyncio.StreamReader, transport: asyncio.ReadTransport) -> int:
    try:
        return int(await report.readline())
    finally:
        transport.close()


class _ForkServer:
    """The client of the process that forks. One for all tests of this process; it starts with the first server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def fork(self, arguments: Sequence[str], environment: Mapping[str, str], descriptors: Sequence[int]) -> None:
        """Fork a server that writes its standard error to the first descriptor. Its pid and its exit code, a line each, go to the
        second one."""
        with self._lock:
            control = self._control or self._start()
            message = json.dumps([list(arguments), dict(environment)]).encode() + b"\n"
            socket.send_fds(control, [message[:1]], descriptors)
            control.sendall(message[1:])
            assert control.recv(1) == _ACCEPTED, "the fork server has ended"

    def _start(self) -> socket.socket:
        self._control, other_end = socket.socketpair()
        self._control.settimeout(_READY_WAIT_S)
        with other_end:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fork_server", str(other_end.fileno())],
                cwd=ROOT,
                pass_fds=[other_end.fileno()],
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self._stop)
        return self._control

    def _stop(self) -> None:
        """The other process ends when the connection does."""
        if self._control is not None and self._process is not None:
            self._control.close()
            self._process.wait(_READY_WAIT_S)


_fork_server = _ForkServer()


def _serve(control: socket.socket) -> None:
    """Until the other end is closed; in a forked process, until the server ends."""
    gc.disable()
    import server
    from web.app import trusted_documents

    for name in _IMPORTED_BY_A_START:
        import_module(name)
    trusted_documents()  # read and put together once in a process
    gc.collect()
    gc.freeze()  # no collection of a server reads, and so copies, what all of them share
    while True:
        first, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if not first:
            return
        arguments, environment = _read_message(control, first)
        if os.fork() == 0:
            control.close()
            if _is_server(*descriptors):
                os.environ.clear()
                os.environ.update(environment)
                sys.argv = ["server.py", *arguments]
                server.main()
            return
        for descriptor in descriptors:
            os.close(descriptor)
        control.sendall(_ACCEPTED)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _read_message(control: socket.socket, first: bytes) -> tuple[list[str], dict[str, str]]:
    message = first
    while not message.endswith(b"\n"):
        message += control.recv(65_536)
    arguments, environment = json.loads(message)
    return arguments, environment


def _is_server(log: int, status: int) -> bool:
    """Fork once more. True in the new process; False in its parent, which reports it, once it has ended."""
    pid = os.fork()
    if pid == 0:
        os.dup2(log, sys.stderr.fileno())
        os.close(log)
        os.close(status)
        return True
    os.close(log)
    os.write(status, b"%d\n" % pid)
    _, ended = os.waitpid(pid, 0)
    os.write(status, b"%d\n" % os.waitstatus_to_exitcode(ended))
    return False


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))

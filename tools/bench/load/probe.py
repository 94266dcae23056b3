"""A query of somebody else, sent every 10 ms beside a load, by a process of its own.

In the process of the load an answer would wait until the frames of thousands of followers are read: that measures the load.
"""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tools.bench.documents import ROOT, Request
from tools.bench.load.http import HttpConnection, NotAnswered

EVERY_S = 0.01
PATH = "/graphql"
END_WAIT_S = 30.0


class Probe:
    """`waits_s` are the times of all answers, once the block of `beside` has ended."""

    def __init__(self) -> None:
        self.waits_s: list[float] = []

    @classmethod
    @contextmanager
    def beside(cls, port: int, request: Request) -> Iterator[Probe]:
        """A probe, from its first answer to the end of the block. Raises `NotAnswered`."""
        probe = cls()
        command = [sys.executable, "-m", __name__, str(port), request.token, request.body]
        with subprocess.Popen(  # noqa: S603 - this file
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        ) as process:
            assert process.stdout is not None
            try:
                if not process.stdout.readline():
                    raise NotAnswered("the first query of the probe had no answer")
                yield probe
                output, _ = process.communicate(timeout=END_WAIT_S)
                if process.returncode != 0:
                    raise NotAnswered("a query of the probe had no answer")
                probe.waits_s = json.loads(output)
            finally:
                process.kill()


def main(port: int, request: Request) -> None:
    """Send queries until the end of the input, then print the times of all answers except the first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    waits_s: list[float] = []
    with closing(HttpConnection(port, PATH)) as connection:
        _ask(connection, request)
        print("ready", flush=True)
        is_over: list[object] = []
        while not is_over:
            began_at_s = time.perf_counter()
            _ask(connection, request)
            waits_s.append(time.perf_counter() - began_at_s)
            is_over, _, _ = select.select([sys.stdin], [], [], max(0.0, began_at_s + EVERY_S - time.perf_counter()))
    print(json.dumps(waits_s))


def _ask(connection: HttpConnection, request: Request) -> None:
    connection.send(request)
    while not connection.read():
        pass


if __name__ == "__main__":
    main(int(sys.argv[1]), Request(sys.argv[2], sys.argv[3]))

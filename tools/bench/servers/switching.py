"""Runs the lobby server with its metrics, or its traces, on and off in turn, to see what they cost.

Both turns are of one process, with the same caches and the same memory. Two processes of the same program differ by more than
what is measured here. Each turn adds a line to `TURNS`: 1 for on or 0, seconds of CPU, and the requests that began.
"""

from __future__ import annotations

import os
import runpy
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from web.graphql.execution.operation import OperationCall
    from web.graphql.execution.result import Result

CHECKOUT = Path("checkout")
"""The server's source tree, in the folder that it is served from."""
SWITCHED = "BENCH_SWITCHED"
"""The environment variable with what is switched: "metrics" or "traces"."""
TURNS = Path("turns")
"""The file with a line for each turn, in the same folder."""
TURN_S = 0.1
"""Much longer than a request, and shorter than a phase in which the machine is slow."""

Switch = Callable[[bool], None]


def do_nothing(*_: object) -> None:
    """Stands for a method that counts."""


async def execute_untimed(self: Any, call: OperationCall) -> Result:
    """`Operations.execute`, without reading the clock."""
    result: Result = await self._executor.execute(call)
    return result


def switch_of_metrics() -> Switch:
    """Replaces the methods that count."""
    from lobby.app.metrics import Metrics
    from lobby.runtime.measures import Histogram
    from web.graphql.execution.operation_service import Operations
    from web.traffic_metrics import TrafficMetrics

    assert "perf_counter" in Operations.execute.__code__.co_names, "the clock is read elsewhere now"
    replaced: list[tuple[Any, str, object]] = [(Operations, Operations.execute.__name__, execute_untimed)]
    for counting, names in (
        (TrafficMetrics, ("count_operation", "count_errors", "count_response", "count_graphql")),
        (Metrics, ("count_command", "count_commit")),
        (Histogram, ("observe",)),
    ):
        replaced += [(counting, name, do_nothing) for name in names]
    originals = [getattr(counting, name) for counting, name, _ in replaced]

    def switch(is_on: bool) -> None:
        for (counting, name, other), original in zip(replaced, originals, strict=True):
            setattr(counting, name, original if is_on else other)

    return switch


def switch_of_traces() -> Switch:
    """Takes the traces away that the server has set up. As long as it has none, it does nothing."""
    from lobby.runtime import tracing

    set_up: tracing.Tracing | None = None

    def switch(is_on: bool) -> None:
        nonlocal set_up
        set_up = set_up or tracing._tracing
        tracing.set_tracing(set_up if is_on else None)

    return switch


def take_turns(switch: Switch, requests: Callable[[], int]) -> None:
    is_on = True
    with TURNS.open("w", encoding="ascii") as file:
        while True:
            switch(is_on)
            used_s, begun = time.process_time(), requests()
            time.sleep(TURN_S)
            print(int(is_on), time.process_time() - used_s, requests() - begun, file=file, flush=True)
            is_on = not is_on


def main() -> None:
    sys.argv = ["server.py"]
    sys.path[0] = str(CHECKOUT.absolute())
    from web.http import request

    switch = {"metrics": switch_of_metrics, "traces": switch_of_traces}[os.environ[SWITCHED]]()
    # Each request takes the next number for its id, whatever is switched off.
    requests = partial(_next_of, request._request_count)
    Thread(target=take_turns, args=(switch, requests), daemon=True).start()
    runpy.run_path(str(CHECKOUT.absolute() / "server.py"), run_name="__main__")


def _next_of(count: Any) -> int:
    """The number that an `itertools.count` gives next."""
    return int(count.__reduce__()[1][0])


if __name__ == "__main__":
    main()

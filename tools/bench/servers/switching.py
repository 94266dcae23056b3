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
from inspect import getsource
from itertools import cycle
from pathlib import Path
from textwrap import dedent
from threading import Thread
from typing import Any

CHECKOUT = Path("checkout")
"""The server's source tree, in the folder that it is served from."""
SWITCHED = "BENCH_SWITCHED"
"""The environment variable with what is switched: "metrics" or "traces"."""
TURNS = Path("turns")
"""The file with a line for each turn, in the same folder."""
TURN_S = 0.1
"""Much longer than a request, and shorter than a phase in which the machine is slow."""

Switch = Callable[[bool], None]


def without(function: Any, *statements: str) -> Any:
    """The same function without these statements, as they stand there. Asserts that it has them."""
    source = dedent(getsource(function))
    for statement in statements:
        assert source.count(statement) == 1, f"{function.__qualname__} has other statements now"
        source = source.replace(statement, "pass")
    compiled: dict[str, Any] = {}
    exec(f"from __future__ import annotations\n{source}", function.__globals__, compiled)  # noqa: S102
    return compiled[function.__name__]


def instances_of(class_: Any) -> list[Any]:
    """The list to which each object of the class is added when it is made from now on."""
    made: list[Any] = []
    init = class_.__init__

    def init_and_add(self: Any, *arguments: Any, **named: Any) -> None:
        made.append(self)
        init(self, *arguments, **named)

    class_.__init__ = init_and_add
    return made


def switch_of_metrics() -> Switch:
    """Gives the parts that count other objects in place of each other. Nothing is replaced in a class: Python would have to look
    up its methods again after each turn."""
    from lobby.app.command_handler import CommandHandler
    from lobby.app.metrics import Metrics
    from web.fast.fast_path import FastPath, PlannedRequests
    from web.graphql.execution.operation_service import Operations
    from web.graphql.http_endpoint import GraphQLHTTP

    class Unmetered(Operations):
        execute = without(
            Operations.execute,
            "began_at = perf_counter()",
            "took_s = call.operation.took_s",
            "if not took_s:\n        self.metrics.count_soon(call.operation)",
            "took_s.append(perf_counter() - began_at)",
        )

    class UnmeteredRequests(PlannedRequests):
        _respond = without(
            PlannedRequests._respond,
            "if response.status == OK:\n        metrics.answered += 1\n    else:\n        metrics.count_graphql(response.status)",
        )

    class Uncounted(Metrics):
        def count_command(self, name: str, outcome: str) -> None:
            pass

        def count_commit(self, took_s: float) -> None:
            pass

    places = (
        (instances_of(GraphQLHTTP), "_operations", Unmetered),
        (instances_of(FastPath), "_handler", UnmeteredRequests),
        (instances_of(CommandHandler), "metrics", Uncounted),
    )
    pairs: dict[tuple[int, str], tuple[Any, Any]] = {}

    def switch(is_on: bool) -> None:
        for owners, name, class_ in places:
            for owner in owners:
                if (id(owner), name) not in pairs and hasattr(owner, name):
                    pairs[id(owner), name] = getattr(owner, name), _as(class_, getattr(owner, name))
                if (id(owner), name) in pairs:
                    setattr(owner, name, pairs[id(owner), name][0 if is_on else 1])

    return switch


def _as(class_: Any, original: Any) -> Any:
    """An object of the class with the same attributes as `original`."""
    other = class_.__new__(class_)
    vars(other).update(vars(original))
    return other


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
    with TURNS.open("w", encoding="ascii") as file:
        for is_on in cycle((True, False, False, True)):  # so that neither is always the second of a pair
            switch(is_on)
            used_s, begun = time.process_time(), requests()
            time.sleep(TURN_S)
            print(int(is_on), time.process_time() - used_s, requests() - begun, file=file, flush=True)


def main() -> None:
    sys.argv = ["server.py"]
    sys.path[0] = str(CHECKOUT.absolute())
    from web.http import request

    switch = {"metrics": switch_of_metrics, "traces": switch_of_traces}[os.environ[SWITCHED]]()
    # Each request takes the next number for its id, also while metrics or traces are switched off.
    requests = partial(_next_of, request._request_count)
    Thread(target=take_turns, args=(switch, requests), daemon=True).start()
    runpy.run_path(str(CHECKOUT.absolute() / "server.py"), run_name="__main__")


def _next_of(count: Any) -> int:
    """The number that an `itertools.count` gives next."""
    return int(count.__reduce__()[1][0])


if __name__ == "__main__":
    main()

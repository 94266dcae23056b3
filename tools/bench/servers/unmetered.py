"""Runs the lobby server without the counting for /metrics, to see what the counting costs.

The methods that count are replaced before the server starts; everything else is as it is. /metrics shows zeros then.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from web.graphql.execution.operation import OperationCall
    from web.graphql.execution.result import Result

CHECKOUT = Path("checkout")
"""The server's source tree, in the folder that it is served from."""


def do_nothing(*_: object) -> None:
    """Stands for a method that counts."""


def stop_counting() -> None:
    from lobby.app.metrics import Metrics
    from lobby.runtime.measures import Histogram
    from web.graphql.execution.operation_service import Operations
    from web.traffic_metrics import TrafficMetrics

    for counting, names in (
        (TrafficMetrics, ("count_operation", "count_errors", "count_response", "count_graphql")),
        (Metrics, ("count_command", "count_commit")),
        (Histogram, ("observe",)),
    ):
        for name in names:
            assert callable(getattr(counting, name)), f"{counting.__name__}.{name} has another name now"
            setattr(counting, name, do_nothing)

    async def execute(self: Any, call: OperationCall) -> Result:
        """`Operations.execute`, without reading the clock."""
        result: Result = await self._executor.execute(call)
        return result

    assert "perf_counter" in Operations.execute.__code__.co_names, "the clock is read elsewhere now"
    setattr(Operations, Operations.execute.__name__, execute)


if __name__ == "__main__":
    sys.argv = ["server.py"]
    sys.path[0] = str(CHECKOUT.absolute())
    stop_counting()
    runpy.run_path(str(CHECKOUT.absolute() / "server.py"), run_name="__main__")

"""Runs the lobby server without the counting for /metrics, to see what the counting costs.

The methods that count are replaced before the server starts; everything else is as it is. /metrics shows zeros then.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

CHECKOUT = Path("checkout")
"""The server's source tree, in the folder that it is served from."""


def do_nothing(*_: object) -> None:
    """Stands for a method that counts."""


def stop_counting() -> None:
    from lobby.app.metrics import Metrics
    from lobby.runtime.measures import Histogram
    from web.traffic_metrics import TrafficMetrics

    for counting, names in (
        (TrafficMetrics, ("count_operation", "count_errors", "count_graphql")),
        (Metrics, ("count_command", "count_commit")),
        (Histogram, ("observe",)),
    ):
        for name in names:
            assert callable(getattr(counting, name)), f"{counting.__name__}.{name} has another name now"
            setattr(counting, name, do_nothing)


if __name__ == "__main__":
    sys.argv = ["server.py"]
    sys.path[0] = str(CHECKOUT.absolute())
    stop_counting()
    runpy.run_path(str(CHECKOUT.absolute() / "server.py"), run_name="__main__")

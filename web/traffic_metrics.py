"""Numbers of requests and operations, counted by all transports for /metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from time import perf_counter

from graphql import OperationType

from lobby.runtime.measures import Histogram
from lobby.struct import Struct
from web.graphql.execution.operation import OTHER, Operation
from web.graphql.execution.result import Result, error_codes
from web.logs import log_access

OPERATION_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""From a query out of the caches to a mutation that waits for a disk in trouble."""
GRAPHQL = "/graphql"
PATHS = frozenset(
    {
        *("/", GRAPHQL, "/graphiql", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics", "/party", "/session"),
        *("/sessions", "/.well-known/jwks.json", "/j", "/console"),
    }
)


class AnsweredRequest(Struct):
    """A request that gets a response. `label`: the path as a label. `began_at_s`: as `perf_counter` shows it."""

    method: str
    path: str
    label: str
    address: str
    began_at_s: float


class OperationTimes:
    """The number of runs of one operation, and their time together."""

    __slots__ = ("count", "seconds")

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0


class TrafficMetrics:
    """Numbers since the process started. Names that clients choose are counted as `OTHER`, so the memory is bounded."""

    def __init__(self) -> None:
        self.responses: Counter[tuple[str, int]] = Counter()
        """HTTP responses by path and status."""
        self.operations: dict[str, OperationTimes] = {OTHER: OperationTimes()}
        """By the name of the operation, if its document is trusted. Subscriptions are timed until they begin."""
        self.kinds = {kind: Histogram(OPERATION_BOUNDS_S) for kind in OperationType}
        """Times by the kind of the operation."""
        self.has_access_log = False
        self.errors: Counter[str] = Counter()
        """Results of GraphQL with errors, by each code in them."""

    def add_operations(self, names: Iterable[str]) -> None:
        """Count these operations by their names, if their documents are trusted."""
        self.operations |= {name: OperationTimes() for name in names}

    def count_operation(self, operation: Operation, took_s: float) -> None:
        times = self.operations.get(operation.label) or self.operations[OTHER]
        times.count += 1
        times.seconds += took_s
        self.kinds[operation.kind].observe(took_s)

    def count_errors(self, result: Result) -> None:
        self.errors.update(error_codes(result))

    def count_response(self, request: AnsweredRequest, status: int, request_id: str | None) -> None:
        """Count a response whose head is sent, and write it to the access log if there is one."""
        self.responses[request.label, status] += 1
        if self.has_access_log:
            self.log_response(request, status, request_id)

    def count_graphql(self, address: str, began_at_s: float, status: int, request_id: str) -> None:
        """The same for a POST on the fast path."""
        self.responses[GRAPHQL, status] += 1
        if self.has_access_log:
            self.log_response(AnsweredRequest("POST", GRAPHQL, GRAPHQL, address, began_at_s), status, request_id)

    def log_response(self, request: AnsweredRequest, status: int, request_id: str | None) -> None:
        took_s = perf_counter() - request.began_at_s
        log_access(request.method, request.path, status, took_s, request.address, request_id)


def path_label(path: str) -> str:
    """A path without ids, as a label: the path itself or its first part, if this server serves it."""
    if path in PATHS:
        return path
    first = f"/{path.split('/', 2)[1]}" if path.startswith("/") else OTHER
    return first if first in PATHS and first != "/" else OTHER

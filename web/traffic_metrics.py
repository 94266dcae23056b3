"""Numbers of requests and operations, counted by all transports for /metrics."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from time import perf_counter

from graphql import OperationType

from lobby.runtime.measures import Histogram, add_up
from lobby.struct import Struct
from web.graphql.execution.operation import OTHER, Operation
from web.graphql.execution.result import Result, error_codes
from web.logs import log_access

OPERATION_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""From a query out of the caches to a mutation that waits for a disk in trouble."""
COUNTED_AFTER_S = 0.1
"""A busy server has some thousand times to count then, which takes half a millisecond."""
_QUERY = OperationType.QUERY
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


class TrafficMetrics:
    """Numbers since the process started. Names that clients choose are counted as `OTHER`, so the memory is bounded.

    Each request is counted once, where that costs least. What is shown is added up when it is read.
    """

    def __init__(self) -> None:
        self._responses: Mapping[str, dict[int, int]] = {path: defaultdict(int) for path in (*PATHS, OTHER)}
        self.answered = 0
        """Responses of the fast path with status 200 that are not in `_responses` yet. It counts them here: a look-up by status
        would take 1 % of a query."""
        self._uncounted: list[Operation] = []
        """Operations with times that are not counted yet."""
        self._by_name: dict[str, Histogram] = {}
        """The times of each operation with a trusted document that has run."""
        self._kinds: dict[str, OperationType] = {}
        """The kinds of these operations."""
        self._names: dict[str, None] = {}
        self._of_others = {kind: Histogram(OPERATION_BOUNDS_S) for kind in OperationType}
        self._of_other_queries = self._of_others[_QUERY]
        self.has_access_log = False
        self.errors: Counter[str] = Counter()
        """Results of GraphQL with errors, by each code in them."""

    def add_operations(self, names: Iterable[str]) -> None:
        """Count these operations by their names, if their documents are trusted."""
        self._names |= dict.fromkeys(names)

    @property
    def responses(self) -> Mapping[str, dict[int, int]]:
        """HTTP responses by path, and by status."""
        self._responses[GRAPHQL][200] += self.answered
        self.answered = 0
        return self._responses

    def operations(self) -> dict[str, Histogram]:
        """The times by the name of the operation, if its document is trusted. Subscriptions are timed until they begin."""
        self._count_times()
        none = Histogram(OPERATION_BOUNDS_S)
        by_name = {name: self._by_name.get(name, none) for name in self._names}
        return {OTHER: add_up(OPERATION_BOUNDS_S, self._of_others.values())} | by_name

    def kinds(self) -> dict[OperationType, Histogram]:
        """The times by the kind of the operation."""
        self._count_times()
        return {kind: add_up(OPERATION_BOUNDS_S, self._of_kind(kind)) for kind in OperationType}

    def requests(self) -> Histogram:
        """The times of all queries and mutations."""
        kinds = self.kinds()
        return add_up(OPERATION_BOUNDS_S, (kinds[OperationType.QUERY], kinds[OperationType.MUTATION]))

    def count_operation(self, operation: Operation, took_s: float) -> None:
        if not operation.took_s:
            self.count_soon(operation)
        operation.took_s.append(took_s)

    def count_soon(self, operation: Operation) -> None:
        """Count what is in `operation.took_s`, and what comes into it until then. To be called when its first time comes.

        To find the histogram of each run took 2 % of a party query, because its memory is in no cache by then. For thousands of
        runs at once it takes a fraction of that.
        """
        if not self._uncounted:
            asyncio.get_running_loop().call_later(COUNTED_AFTER_S, self._count_times)
        self._uncounted.append(operation)

    def count_errors(self, result: Result) -> None:
        self.errors.update(error_codes(result))

    def count_response(self, request: AnsweredRequest, status: int, request_id: str | None) -> None:
        """Count a response whose head is sent. If the access log is on, write a line to it."""
        self._responses[request.label][status] += 1
        if self.has_access_log:
            self.log_response(request, status, request_id)

    def count_graphql(self, status: int) -> None:
        """Count the response to a POST on the fast path."""
        self._responses[GRAPHQL][status] += 1

    def log_graphql(self, address: str, began_at_s: float, status: int, request_id: str) -> None:
        """Write the response to a POST on the fast path to the access log."""
        self.log_response(AnsweredRequest("POST", GRAPHQL, GRAPHQL, address, began_at_s), status, request_id)

    def log_response(self, request: AnsweredRequest, status: int, request_id: str | None) -> None:
        took_s = perf_counter() - request.began_at_s
        log_access(request.method, request.path, status, took_s, request.address, request_id)

    def _count_times(self) -> None:
        uncounted, self._uncounted = self._uncounted, []
        for operation in uncounted:
            times = self._by_name.get(operation.label) or self._times_of(operation)
            for took_s in operation.took_s:
                times.observe(took_s)
            operation.took_s.clear()

    def _times_of(self, operation: Operation) -> Histogram:
        """The times of an operation that has not run yet, or that is not counted by its name."""
        label = operation.label
        if label not in self._names:
            # In Python 3.11 the hash of an enum takes 0.1 us.
            return self._of_other_queries if operation.kind is _QUERY else self._of_others[operation.kind]
        self._kinds[label] = operation.kind
        times = self._by_name[label] = Histogram(OPERATION_BOUNDS_S)
        return times

    def _of_kind(self, kind: OperationType) -> list[Histogram]:
        named = [times for name, times in self._by_name.items() if self._kinds[name] is kind]
        return [self._of_others[kind], *named]


def path_label(path: str) -> str:
    """A path without ids, as a label: the path itself or its first part, if this server serves it."""
    if path in PATHS:
        return path
    first = f"/{path.split('/', 2)[1]}" if path.startswith("/") else OTHER
    return first if first in PATHS and first != "/" else OTHER

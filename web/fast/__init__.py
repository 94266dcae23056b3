"""The parts that make the plain server fast. `LOBBY_FAST=false` leaves all of them out.

Each part implements an interface of the plain server, or decorates an implementation: plans execute operations, caches keep
encoded JSON, the fast path responds to known requests without ASGI, and frames are pushed to followers that keep up.
"""

from __future__ import annotations

import strawberry

from web.fast.fast_path import FastPath, PlannedRequests
from web.fast.planned_executor import PlannedExecutor
from web.fast.plans.planner import PlanRegistry
from web.fast.push import FrameCache, UpdatePusher
from web.graphql.execution.executor import CoreExecutor
from web.graphql.execution.operation_service import Operations
from web.graphql.http_endpoint import GraphQLHTTP
from web.http.rate_limits import RequestLimiter


class FastParts:
    """Each part implements an interface of the plain server, which works the same without it."""

    def __init__(self, core: CoreExecutor, schema: strawberry.Schema, answer_bytes_max: int) -> None:
        frames = FrameCache()
        self.executor = PlannedExecutor(core, PlanRegistry(schema), frames)
        """Takes the place of `core`, the plain executor."""
        self.push_updates = UpdatePusher(frames, answer_bytes_max)

    def fast_path(
        self,
        endpoint: GraphQLHTTP,
        path: str,
        operations: Operations,
        limiter: RequestLimiter,
        body_bytes_max: int,
        reads_memory: bool,
    ) -> FastPath:
        """The interceptor of requests for `endpoint`, which is at `path`. `reads_memory`: see `PlannedRequests`."""
        requests = PlannedRequests(endpoint, operations, self.executor, limiter, body_bytes_max, reads_memory)
        return FastPath(requests, path)

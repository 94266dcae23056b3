"""Executes operations by their plans, and leaves to graphql-core what plans do not cover."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from graphql import GraphQLResolveInfo, MiddlewareManager, OperationType

from lobby.runtime.log_context import no_request
from resolvers.queries_and_subscriptions import EventFollower, LobbyFollower
from web.fast.json_cache import JsonCache
from web.fast.plans import NotPlannable
from web.fast.plans.plan import Plan, PlanAborted, ResultTooLong, Roots, Run
from web.fast.plans.planner import PlanRegistry
from web.fast.push import FrameCache, PartyStream
from web.fast.push_list import ListCache, ListStream
from web.graphql.execution.documents import TooBusy, offload, offload_trusted
from web.graphql.execution.executor import CoreExecutor, EncodeEvent, EventStream, event_encoder, source_failure
from web.graphql.execution.operation import Operation, OperationCall, Variables
from web.graphql.execution.result import Result

PLANNED_FIRST_FIELDS = 2_000
"""An operation that costs more fields is planned before it runs for the first time: graphql-core takes about 8 us for each field,
a plan less than 1 us."""

OBJECTS_DEPTH = 4
"""A text counts up to this many times, once for each object around it."""


class PlannedExecutor:
    """An `OperationExecutor` over graphql-core's."""

    def __init__(self, core: CoreExecutor, plans: PlanRegistry, frames: FrameCache) -> None:
        self._core = core
        self._plans = plans
        self._frames = frames
        self._list_cache = ListCache()
        self._cached = JsonCache().text
        self._building: dict[Operation, asyncio.Task[None]] = {}
        """The plans that are being built."""

    def has_plan(self, operation: Operation) -> bool:
        return self._plans.get(operation) is not None

    async def prepare(self, operation: Operation, variables: Variables) -> None:
        plans = self._plans
        if plans.get(operation) is not None:
            return
        is_stream = operation.kind is OperationType.SUBSCRIPTION
        at_once = operation.is_trusted or is_stream
        if not at_once and plans.is_new(operation):
            at_once = operation.cost.of(variables) > PLANNED_FIRST_FIELDS
        if plans.count_use(operation, at_once):
            context = no_request()  # others may wait for the plan, too
            building = asyncio.create_task(self._build_plan(operation), name="plan", context=context)
            self._building[operation] = building
            await asyncio.shield(building)
        elif is_stream and operation in self._building:
            # A stream is executed to its end as it begins. After a start of the server many begin at the same moment.
            await asyncio.shield(self._building[operation])

    async def _build_plan(self, operation: Operation) -> None:
        """Raises `TooBusy`; then the plan is built at the next use."""
        plans = self._plans
        work_beside = offload_trusted if operation.is_trusted else offload
        try:
            plans.add(operation, await work_beside(plans.build, operation))
        except TooBusy:
            plans.forget_uses(operation)
            raise
        finally:
            del self._building[operation]

    async def execute(self, call: OperationCall) -> Result:
        plan = self._plans.get(call.operation)
        if plan is None:
            return await self._core.execute(call)
        try:
            return {"data": await plan.execute(self._run(call, plan))}
        except NotPlannable:
            return await self._core.execute(call)
        except PlanAborted as aborted:
            if isinstance(aborted.__cause__, ResultTooLong):
                return call.operation.too_long()
            return await self._core.execute(call, replay_roots(aborted.roots))

    async def subscribe(self, call: OperationCall) -> EventStream | Result:
        plan = self._plans.get(call.operation)
        if plan is None:
            return await self._core.subscribe(call)
        try:
            run = self._run(call, plan)
            source = await plan.source(run)
        except NotPlannable:
            return await self._core.subscribe(call)
        except Exception as error:
            return source_failure(call, error)
        encode_event = self._event_encoder(call, plan, run)
        if isinstance(source, EventFollower):
            return PartyStream(call, source, encode_event, plan, run, self._frames)
        if isinstance(source, LobbyFollower):
            return ListStream(call, source, encode_event, plan, run, self._list_cache)
        return EventStream(call, source, encode_event)

    def _run(self, call: OperationCall, plan: Plan) -> Run:
        """One execution of a plan. It stops when its objects are far longer than the result may be. Raises `NotPlannable`."""
        operation, variables = call.operation, plan.read_variables(call.variables)
        if operation.answer_bytes_max is None or operation.kind is OperationType.SUBSCRIPTION:
            return Run(call.context, variables, cached=self._cached)
        return Run(call.context, variables, OBJECTS_DEPTH * operation.answer_bytes_max, self._cached, self._core.turns)

    def _event_encoder(self, call: OperationCall, plan: Plan, run: Run) -> EncodeEvent:
        async def encode_event(event: Any) -> bytes:
            try:
                result = {"data": await plan.event_data(event, run)}
                return call.encode(result)
            except Exception:
                executor = self._core.build(call)
                assert not isinstance(executor, dict), "a plan reads only variables that graphql-core accepts"
                return await event_encoder(executor, call)(event)

        return encode_event


def replay_roots(roots: Roots) -> MiddlewareManager:
    """graphql-core's middleware for an operation that its plan could not finish.

    Root fields that the plan has resolved give their value or error again, so that nothing is done twice. The others are resolved
    as always. Below the root everything runs again: only root fields of mutations have side effects (specification, 6.3.1).
    """

    def replay(resolve: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], /, **arguments: Any) -> Any:
        if info.path.prev is not None or info.path.key not in roots:
            return resolve(source, info, **arguments)
        value = roots[str(info.path.key)]
        # What was awaited is awaited again, so that errors come in the same order as without a plan.
        return _give_later(value) if iscoroutinefunction(resolve) else _give(value)

    return MiddlewareManager(replay)


def _give(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


async def _give_later(value: Any) -> Any:
    return _give(value)

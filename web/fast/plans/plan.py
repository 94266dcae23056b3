"""A plan: an operation as Python functions, and how they run."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import msgspec
from graphql import FieldNode, located_error

from lobby.runtime.turns import Turns
from web.fast.plans import NotPlannable
from web.fast.plans.arguments import Arguments
from web.fast.plans.coercion import ReadVariables, Variables
from web.fast.plans.selection import Condition


class PlannedInfo(msgspec.Struct, gc=False):
    """The `info` argument of resolvers in a plan: the context and the name of the field.

    The rest of the `Info` of Strawberry needs a dozen objects that graphql-core makes for each field. If a resolver reads it,
    the plan fails and graphql-core executes the operation.
    """

    field_name: str
    context: object

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a planned operation gives its resolvers context and field_name, not {name}")


class Run(msgspec.Struct, gc=False):
    """One execution: the values that its resolvers and selections read.

    A msgspec struct, and not a dataclass, since each request makes one: it takes 0.1 us in place of 0.3.
    """

    context: object
    variables: Variables
    bytes_left: float = inf
    """The length that the JSON of further objects may have, before the execution stops. An object inside another object counts
    for both."""
    cached: Callable[[Any, Any, Callable[[Any, Any], dict[str, Any]], str], object] = lambda o, run, write, _: write(
        o, run
    )
    """Gives the result of a plan's function for an object whose fields never change, as kept JSON: see `JsonCache.text`."""
    turns: Turns | None = None
    """The turns of the server; None for an execution without a pause."""

    def has_time(self) -> bool:
        return self.turns is None or self.turns.may_go_on()

    async def wait_for_turn(self) -> bool:
        """Let others use the event loop. Returns True."""
        assert self.turns is not None, "an execution in one piece has no turns"
        await self.turns.wait()
        return True


Roots = dict[str, Any]
"""The values of the root fields that were resolved so far, or the exceptions that they raised, by response key."""


class ResultTooLong(Exception):
    """The result has no `bytes_left`."""


class PlanAborted(Exception):
    """The plan could not finish. The root fields in `roots` are resolved, and must not be resolved again."""

    def __init__(self, roots: Roots) -> None:
        super().__init__("graphql-core has to finish the operation")
        self.roots = roots


@dataclass(frozen=True, slots=True)
class RootField:
    """One root field of the operation: how it is resolved, and how its value is completed for the response."""

    key: str
    name: str
    nodes: list[FieldNode]
    condition: Condition
    resolve: Callable[..., Any]
    info_name: str | None
    is_async: bool
    arguments: Arguments
    complete: Callable[[Any, Run], Any]
    is_complete_async: bool

    def is_selected(self, run: Run) -> bool:
        return all(run.variables[name] is wanted for name, wanted in self.condition)

    def read_arguments(self, run: Run) -> dict[str, Any]:
        """The keyword arguments of the resolver. Raises `NotPlannable`, or what the class of an input raises; the resolver is not
        called before."""
        arguments = self.arguments(run.variables)
        if self.info_name is not None:
            arguments[self.info_name] = PlannedInfo(self.name, run.context)
        return arguments


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation as Python functions."""

    read_variables: ReadVariables
    roots: Sequence[RootField]
    shared_completers: Mapping[Callable[..., object], Callable[[Any, Run], Any]]
    """How a value of the root field is completed, by its class; only classes whose result is the same for every caller: no
    selected field takes `info`, and none is asynchronous."""
    variables_read: tuple[str, ...]
    """The variables that selections read. Variables that only the root field takes are not among them."""
    fields: int
    """How many fields its functions have. The memory of a plan is in proportion to that."""
    identity: object = field(default_factory=object)
    """Identifies the plan in keys of caches, which must not keep the plan itself alive."""

    async def execute(self, run: Run) -> dict[str, Any]:
        """The `data` of a query or mutation without errors. Root fields run one after the other.

        Raises `PlanAborted` for an error, or for something that plans do not cover.
        """
        data: dict[str, Any] = {}
        roots: Roots = {}
        for root in self.roots:
            if root.condition and not root.is_selected(run):
                continue
            try:
                arguments = root.read_arguments(run)
            except Exception as error:
                raise PlanAborted(roots) from error
            try:
                value = root.resolve(**arguments)
                if root.is_async:
                    value = await value
            except Exception as error:
                roots[root.key] = error
                raise PlanAborted(roots) from error
            roots[root.key] = value
            try:
                completed = root.complete(value, run)
                data[root.key] = await completed if root.is_complete_async else completed
            except Exception as error:
                raise PlanAborted(roots) from error
        return data

    async def source(self, run: Run) -> AsyncIterable[Any]:
        """The source of a subscription's events.

        Raises `NotPlannable` before the resolver was called, or else a `GraphQLError` with the resolver's error and its place in
        the document.
        """
        [root] = self.roots
        try:
            arguments = root.read_arguments(run)
        except Exception as error:
            raise NotPlannable from error
        try:
            opening = root.resolve(**arguments)
            events = await opening if isinstance(opening, Awaitable) else opening
            if not isinstance(events, AsyncIterable):
                raise TypeError(f"{root.name} returned no source of events")
        except Exception as error:
            raise located_error(error, root.nodes, [root.key]) from error
        return events

    async def event_data(self, event: object, run: Run) -> dict[str, Any]:
        """The `data` of one event. Raises any exception if the plan can not make it."""
        [root] = self.roots
        completed = root.complete(event, run)
        return {root.key: await completed if root.is_complete_async else completed}

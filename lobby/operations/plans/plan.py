"""A planned operation, and how it is run."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode, located_error

from lobby.operations.plans.arguments import Arguments
from lobby.operations.plans.info import PlannedInfo
from lobby.operations.plans.selection import Condition
from lobby.operations.plans.uncovered import Uncovered
from lobby.operations.plans.variables import ReadVariables, Variables


@dataclass(slots=True)
class Run:
    """One execution: what its resolvers and selections read."""

    context: object
    variables: Variables


Roots = dict[str, Any]
"""What the root fields gave so far, by response key: a value, or the exception that it raised."""


class Unfinished(Exception):
    """The plan gave up on the way; what its root fields gave is in `roots`, and must not be asked for again."""

    def __init__(self, roots: Roots) -> None:
        super().__init__("left to graphql-core")
        self.roots = roots


@dataclass(frozen=True, slots=True)
class RootField:
    """One field of the operation's root: how it is resolved, and how its value is completed."""

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

    def counts(self, run: Run) -> bool:
        return all(run.variables[name] is wanted for name, wanted in self.condition)

    def given(self, run: Run) -> dict[str, Any]:
        """What the resolver takes. Raises `Uncovered`, or what an input class raises, and has called nothing then."""
        given = self.arguments(run.variables)
        if self.info_name is not None:
            given[self.info_name] = PlannedInfo(self.name, run.context)
        return given


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation as Python functions."""

    read_variables: ReadVariables
    roots: Sequence[RootField]
    shared: Mapping[Callable[..., object], Callable[[Any, Run], Any]]
    """By the class of a root value, how it is completed where the answer is the same for whoever asks: where no field that is
    selected takes `info`, and none has to be waited for."""
    variables_read: tuple[str, ...]
    """The variables that selections read; those that only the root field takes are not among them."""
    fields: int
    """How many fields its functions have, which is what it takes in memory."""
    identity: object = field(default_factory=object)
    """Stands for the plan where the plan itself is not to be kept alive."""

    async def execute(self, run: Run) -> dict[str, Any]:
        """The `data` of a query or mutation that goes well. Root fields run one after the other.

        Raises:
            Unfinished: something did not go well, or is not covered.
        """
        data: dict[str, Any] = {}
        roots: Roots = {}
        for root in self.roots:
            if not root.counts(run):
                continue
            try:
                given = root.given(run)
            except Exception as error:
                raise Unfinished(roots) from error
            try:
                value = root.resolve(**given)
                if root.is_async:
                    value = await value
            except Exception as error:
                roots[root.key] = error
                raise Unfinished(roots) from error
            roots[root.key] = value
            try:
                completed = root.complete(value, run)
                data[root.key] = await completed if root.is_complete_async else completed
            except Exception as error:
                raise Unfinished(roots) from error
        return data

    async def source(self, run: Run) -> AsyncIterable[Any]:
        """A subscription's events, as its resolver yields them.

        Raises:
            Uncovered: before the resolver was called.
            GraphQLError: what the resolver raised, at its place in the document.
        """
        [root] = self.roots
        try:
            given = root.given(run)
        except Exception as error:
            raise Uncovered from error
        try:
            opening = root.resolve(**given)
            events = await opening if isinstance(opening, Awaitable) else opening
            if not isinstance(events, AsyncIterable):
                raise TypeError(f"{root.name} gave no source of events")
        except Exception as error:
            raise located_error(error, root.nodes, [root.key]) from error
        return events

    async def event_data(self, event: object, run: Run) -> dict[str, Any]:
        """The `data` of one event that goes well; raises whatever, when it does not."""
        [root] = self.roots
        completed = root.complete(event, run)
        return {root.key: await completed if root.is_complete_async else completed}

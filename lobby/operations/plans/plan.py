"""A planned operation, and how it is run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lobby.operations.plans.arguments import Arguments
from lobby.operations.plans.info import PlannedInfo
from lobby.operations.plans.selection import Condition
from lobby.operations.plans.uncovered import Uncovered
from lobby.operations.plans.variables import Variables


@dataclass(slots=True)
class Run:
    """One execution: what its resolvers and selections read."""

    context: object
    variables: Variables


@dataclass(slots=True)
class Roots:
    """What the root fields gave so far, by response key: a value, or the exception that it raised."""

    values: dict[str, Any] = field(default_factory=dict)


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
    condition: Condition
    resolve: Callable[..., Any]
    info_name: str | None
    is_async: bool
    arguments: Arguments
    complete: Callable[[Any, Run], Any]
    is_complete_async: bool

    def counts(self, run: Run) -> bool:
        return all(run.variables[name] is wanted for name, wanted in self.condition)

    def called(self, run: Run) -> Any:
        """What the resolver returns; an awaitable where it is one. Raises `Uncovered` for arguments that are not usual."""
        given = self.arguments(run.variables)
        if self.info_name is not None:
            given[self.info_name] = PlannedInfo(self.name, run.context)
        return self.resolve(**given)


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation as Python functions."""

    read_variables: Callable[[Mapping[str, Any] | None], Variables]
    roots: Sequence[RootField]
    shared: Mapping[Callable[..., object], Callable[[Any, Run], Any]]
    """By the class of a root value, how it is completed where the answer is the same for whoever asks: where no field that is
    selected takes `info`, and none has to be waited for."""
    variables_read: tuple[str, ...]
    """The variables that selections read; those that only the root field takes are not among them."""

    async def execute(self, run: Run) -> dict[str, Any]:
        """The `data` of a query or mutation that goes well. Root fields run one after the other.

        Raises:
            Unfinished: something did not go well, or is not covered.
        """
        data: dict[str, Any] = {}
        roots = Roots()
        for root in self.roots:
            if not root.counts(run):
                continue
            try:
                value = root.called(run)
                if root.is_async:
                    value = await value
            except Uncovered as error:
                raise Unfinished(roots) from error
            except Exception as error:
                roots.values[root.key] = error
                raise Unfinished(roots) from error
            roots.values[root.key] = value
            try:
                completed = root.complete(value, run)
                data[root.key] = await completed if root.is_complete_async else completed
            except Exception as error:
                raise Unfinished(roots) from error
        return data

    async def source(self, run: Run) -> AsyncIterator[Any]:
        """A subscription's events, as its resolver yields them. Raises `Uncovered`, and what the resolver raises."""
        opening = self.roots[0].called(run)
        events: AsyncIterator[Any] = await opening if isinstance(opening, Awaitable) else opening
        return events

    async def event_data(self, event: object, run: Run) -> dict[str, Any]:
        """The `data` of one event that goes well; raises whatever, when it does not."""
        root = self.roots[0]
        completed = root.complete(event, run)
        return {root.key: await completed if root.is_complete_async else completed}

"""The operations of one socket: GraphQL operations on /graphql, subscriptions on /updates."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar


class Runnable(Protocol):
    """Work with an id that the client chose."""

    @property
    def id(self) -> str: ...

    @property
    def may_be_cancelled(self) -> bool: ...

    def drop(self) -> None:
        """Send nothing more: the client considers it over."""

    async def run(self) -> None:
        """Run to the end. Never raises but on cancellation."""


Operation = TypeVar("Operation", bound=Runnable)


class OperationRegistry(Generic[Operation]):
    """The operations of one socket and their tasks, by id.

    A mutation may not be cancelled: its task outlives its id when the client stops waiting for it.
    """

    def __init__(self, operations_max: int, finishing: set[asyncio.Task[None]]) -> None:
        """`finishing` keeps the tasks that outlive the socket: the event loop holds tasks only weakly."""
        self._operations_max = operations_max
        self._by_id: dict[str, Operation] = {}
        self._tasks: dict[Operation, asyncio.Task[None]] = {}
        self._finishing = finishing

    async def wait_for_place(self) -> bool:
        """False if as many operations run as may. Stopped operations do not count, but each has a task until it has cleaned up:
        while too many do that, wait, and the client's next messages wait with it."""
        while len(self._tasks) >= 2 * self._operations_max and len(self._by_id) < self._operations_max:
            stopped = [task for operation, task in self._tasks.items() if operation.id not in self._by_id]
            await asyncio.wait(stopped or self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0)  # the tasks that have ended leave the registry by their callbacks
        return len(self._by_id) < self._operations_max

    @property
    def all(self) -> list[Operation]:
        """The operations that the client has not stopped."""
        return list(self._by_id.values())

    def __contains__(self, operation_id: str) -> bool:
        return operation_id in self._by_id

    def start(self, operation: Operation, take_turn: Callable[[], Awaitable[None]]) -> None:
        """`take_turn` is awaited before the operation begins. It belongs to the socket: kept here, the two would keep each other
        after the end of the socket."""
        task = asyncio.create_task(self._run(operation, take_turn))
        self._by_id[operation.id] = operation
        self._tasks[operation] = task
        task.add_done_callback(lambda _: self._remove(operation))

    async def _run(self, operation: Operation, take_turn: Callable[[], Awaitable[None]]) -> None:
        await take_turn()
        await operation.run()

    def free_id(self, operation: Operation) -> None:
        """Free the id of an operation that has ended; the client may use it again."""
        if self._by_id.get(operation.id) is operation:
            del self._by_id[operation.id]

    def stop(self, operation_id: str) -> bool:
        """Stop an operation because the client wants no more of it; False if no operation has that id."""
        operation = self._by_id.pop(operation_id, None)
        if operation is None:
            return False
        operation.drop()
        if operation.may_be_cancelled:
            self._tasks[operation].cancel()
        return True

    async def stop_all(self, within_s: float) -> None:
        """Stop every operation, and wait at most `within_s` for the cancelled ones to clean up."""
        for operation_id in list(self._by_id):
            self.stop(operation_id)
        for task in self._tasks.values():
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)
        cancelled = [task for operation, task in self._tasks.items() if operation.may_be_cancelled]
        if cancelled:
            await asyncio.wait(cancelled, timeout=within_s)

    def _remove(self, operation: Operation) -> None:
        self.free_id(operation)
        del self._tasks[operation]

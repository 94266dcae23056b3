"""The operations that run on one socket."""

from __future__ import annotations

import asyncio

from lobby.http.graphql_ws.operation import SocketOperation


class RunningOperations:
    """Operations by id, and their tasks. A mutation's task outlives its id when the client waits no
    longer."""

    def __init__(self, operations_max: int, finishing: set[asyncio.Task[None]]) -> None:
        """`finishing` keeps the tasks that outlive the socket: the event loop holds tasks only weakly."""
        self._operations_max = operations_max
        self._by_id: dict[str, SocketOperation] = {}
        self._tasks: dict[SocketOperation, asyncio.Task[None]] = {}
        self._finishing = finishing

    @property
    def is_full(self) -> bool:
        """Whether no more may be started. Operations that are being let go have room of their own, or a
        client that stops one and starts another would be refused now and then."""
        return len(self._by_id) >= self._operations_max or len(self._tasks) >= 2 * self._operations_max

    def __contains__(self, operation_id: str) -> bool:
        return operation_id in self._by_id

    def start(self, operation: SocketOperation) -> None:
        task = asyncio.create_task(operation.run())
        self._by_id[operation.id] = operation
        self._tasks[operation] = task
        task.add_done_callback(lambda _: self._done(operation))

    def ended(self, operation: SocketOperation) -> None:
        """Free the id of an operation that has come to its end."""
        if self._by_id.get(operation.id) is operation:
            del self._by_id[operation.id]

    def stop(self, operation_id: str) -> bool:
        """Stop an operation because the client wants no more of it; False where there is none of that id."""
        operation = self._by_id.pop(operation_id, None)
        if operation is None:
            return False
        self._let_go(operation)
        return True

    async def stop_all(self, within_s: float) -> None:
        """Stop every operation, and give those that clean up after themselves some time to do so."""
        for operation_id in list(self._by_id):
            self.stop(operation_id)
        for task in self._tasks.values():
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)
        cancelled = [task for operation, task in self._tasks.items() if operation.may_be_cancelled]
        if cancelled:
            await asyncio.wait(cancelled, timeout=within_s)

    def _let_go(self, operation: SocketOperation) -> None:
        operation.drop()
        if operation.may_be_cancelled:
            self._tasks[operation].cancel()

    def _done(self, operation: SocketOperation) -> None:
        self.ended(operation)
        del self._tasks[operation]

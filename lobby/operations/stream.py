"""A subscription's events: the source they come from, and what each is for the one who asked."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

from graphql import (
    ExecutionResult,
    Executor,
    FieldNode,
    execute_subscription_event,
    located_error,
)

from lobby.operations.reporting import execution_result, field_entries, internal_entry
from lobby.operations.result import Result


class EventStream:
    """An iterator of results over a source of events. Taking an event and executing the selection on it are
    two steps, so that one execution can come to serve many followers. Whoever opened the stream closes
    it."""

    def __init__(self, executor: Executor[None], source: AsyncIterable[Any], request_id: str) -> None:
        self._executor = executor
        self._source: AsyncIterator[Any] = aiter(source)
        self._request_id = request_id
        self._failed = False

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Result:
        """The next event's result. An error of the source, such as a `CallerError`, is the last result."""
        if self._failed:
            raise StopAsyncIteration
        try:
            event = await anext(self._source)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self._failed = True
            return self._failure(error)
        return await self.result_of(event)

    async def result_of(self, event: object) -> Result:
        """Execute the selection on one event of the source. Never raises but on cancellation."""
        try:
            result = execute_subscription_event(self._executor.build_per_event_executor(event))
            executed = result if isinstance(result, ExecutionResult) else await result
        except Exception as error:
            return {"data": None, "errors": [internal_entry(error, self._request_id, "an event")]}
        return execution_result(executed, self._request_id)

    async def aclose(self) -> None:
        """Close the source, so that its `finally` blocks run now and not when it is collected."""
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()

    def _failure(self, error: Exception) -> Result:
        selections = self._executor.operation.selection_set.selections
        fields = [node for node in selections if isinstance(node, FieldNode)][:1]
        path = [field.alias.value if field.alias else field.name.value for field in fields]
        located = located_error(error, fields or None, path or None)
        return {"data": None, "errors": field_entries([located], self._request_id)}

"""How operations are executed: the interface, and the plain implementation, which leaves everything to graphql-core.

A subscription is executed as an `EventStream`: one result for each event of its source.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Protocol

from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    MiddlewareManager,
    OperationType,
    create_source_event_stream,
    execute_root_selection_set,
    execute_subscription_event,
    located_error,
)

from lobby.app.errors import BAD_USER_INPUT
from lobby.runtime.tracing import NO_SPAN, first_span
from lobby.runtime.turns import Turns
from web.connections.socket_channel import TextChannel
from web.graphql.execution.bounded_executor import BoundedExecutor
from web.graphql.execution.error_reporting import execution_result, field_entries, internal_entry, request_entry
from web.graphql.execution.operation import Operation, OperationCall, Variables
from web.graphql.execution.result import Result, encode_json, request_error

_QUERY = OperationType.QUERY


class OperationExecutor(Protocol):
    """Executes the operations of one schema."""

    async def prepare(self, operation: Operation, variables: Variables) -> None:
        """Get ready for an operation that was requested; slow work is done beside the event loop.

        Called once for each request that may run. Raises `TooBusy`.
        """

    async def execute(self, call: OperationCall) -> Result:
        """Run a query or mutation to its end. Raises nothing except a cancellation."""

    async def subscribe(self, call: OperationCall) -> EventStream | Result:
        """Open the source of a subscription's events, or return the result that replaces the stream.

        In that result `data` is null if the resolver refused, and missing if the request was wrong.
        """


class CoreExecutor:
    """Executes every operation with graphql-core, and has nothing to prepare."""

    def __init__(self, schema: GraphQLSchema, hide_suggestions: bool = False, turns: Turns | None = None) -> None:
        """With `hide_suggestions`, errors do not say which name the client may have meant. `turns`: those of the server."""
        self._schema = schema
        self._hide_suggestions = hide_suggestions
        self.turns = turns or Turns()

    async def prepare(self, operation: Operation, variables: Variables) -> None:
        pass

    async def execute(self, call: OperationCall, middleware: MiddlewareManager | None = None) -> Result:
        executor = self.build(call, middleware)
        if isinstance(executor, dict):
            return executor
        try:
            result = execute_root_selection_set(executor)
            # If all resolvers are synchronous, the result is here already: no await, no turn of the loop.
            executed = result if isinstance(result, ExecutionResult) else await result
        except Exception as error:
            return {"data": None, "errors": [internal_entry(error, call.request_id, "an operation")]}
        return call.operation.too_long() if executor.is_too_long else execution_result(executed, call.request_id)

    async def subscribe(self, call: OperationCall) -> EventStream | Result:
        executor = self.build(call)
        if isinstance(executor, dict):
            return executor
        opening = create_source_event_stream(executor)
        source = await opening if isinstance(opening, Awaitable) else opening
        if isinstance(source, ExecutionResult):
            return {"data": None, "errors": field_entries(source.errors or (), call.request_id)}
        return EventStream(call, source, event_encoder(executor, call))

    def build(self, call: OperationCall, middleware: MiddlewareManager | None = None) -> BoundedExecutor | Result:
        """graphql-core's executor for a call, or the result that says what is wrong with the variables."""
        executor = build_core_executor(self._schema, call, self.turns, middleware, self._hide_suggestions)
        if isinstance(executor, list):
            return request_error(request_entry(error, BAD_USER_INPUT) for error in executor)
        return executor


class TracedExecutor:
    """An `OperationExecutor` whose executions are spans. A server without traces has none, and so pays nothing for them."""

    def __init__(self, executor: OperationExecutor) -> None:
        self._executor = executor

    async def prepare(self, operation: Operation, variables: Variables) -> None:
        await self._executor.prepare(operation, variables)

    def execute(self, call: OperationCall) -> Coroutine[Any, Any, Result]:
        operation = call.operation
        # A query has no part that could begin a trace of its own.
        opened = first_span("graphql", has_parts=operation.kind is not _QUERY, operation=operation.label)
        if opened is NO_SPAN:
            return self._executor.execute(
                call
            )  # most queries of a busy server: a coroutine around it would cost as much again
        return self._execute_in(opened, call)

    async def subscribe(self, call: OperationCall) -> EventStream | Result:
        with first_span("graphql", operation=call.operation.label):
            return await self._executor.subscribe(call)

    async def _execute_in(self, opened: AbstractContextManager[object], call: OperationCall) -> Result:
        with opened:
            return await self._executor.execute(call)


def build_core_executor(
    schema: GraphQLSchema,
    call: OperationCall,
    turns: Turns,
    middleware: MiddlewareManager | None = None,
    hide_suggestions: bool = False,
) -> BoundedExecutor | list[GraphQLError]:
    """graphql-core's executor for a call, or the errors in its variables."""
    executor = BoundedExecutor.build(
        schema,
        call.operation.document,
        context_value=call.context,
        raw_variable_values=call.variables,
        operation_name=call.operation.name,
        middleware=middleware,
        hide_suggestions=hide_suggestions,
        bytes_max=call.operation.answer_bytes_max,
        turns=turns,
    )
    assert isinstance(executor, BoundedExecutor | list)
    return executor


def event_encoder(executor: BoundedExecutor, call: OperationCall) -> EncodeEvent:
    """The function with which graphql-core executes a subscription's selection on each event."""

    async def encode_event(event: Any) -> bytes:
        try:
            event_executor = executor.build_per_event_executor(event)
            result = execute_subscription_event(event_executor)
            executed = result if isinstance(result, ExecutionResult) else await result
        except Exception as error:
            return encode_json({"data": None, "errors": [internal_entry(error, call.request_id, "an event")]})
        if event_executor.is_too_long:
            return encode_json(call.operation.too_long())
        return call.encode(execution_result(executed, call.request_id))

    return encode_event


EncodeEvent = Callable[[Any], Awaitable[bytes]]
"""Executes a subscription's selection on one event of its source, and gives the result as JSON. Raises nothing except a
cancellation."""


class EventStream:
    """An async iterator of results as JSON. The code that opened the stream has to close it.

    Taking an event and executing the selection on it are two steps, so that an executor can share the second one between
    followers.
    """

    __slots__ = ("_call", "_encode_event", "_has_failed", "_source")

    def __init__(self, call: OperationCall, source: AsyncIterable[Any], encode_event: EncodeEvent) -> None:
        self._call = call
        self._source: AsyncIterator[Any] = aiter(source)
        self._encode_event = encode_event
        self._has_failed = False

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> bytes:
        return (await self.next_with_position())[0]

    async def next_with_position(self) -> tuple[bytes, str | None]:
        """The next result, and the position from which a client resumes after it (None if there is no such position).

        An error of the source, such as a `CallerError`, becomes the last result.
        """
        if self._has_failed:
            raise StopAsyncIteration
        try:
            event = await anext(self._source)
        except StopAsyncIteration:
            raise
        except Exception as error:
            return self._fail(error), None
        if self._call.pace is not None:
            await self._call.pace()
        return await self.encode(event), getattr(event, "position", None)

    async def encode(self, event: Any) -> bytes:
        """The result for one event, as JSON. Raises nothing except a cancellation."""
        return await self._encode_event(event)

    async def push_to(self, channel: TextChannel) -> None:
        """Send results to `channel` for as long as it takes them; returns when the next result has to be pulled.

        To be called between two results. A plain stream pushes nothing: each result is pulled.
        """

    async def aclose(self) -> None:
        """Close the source, so that its `finally` blocks run now and not when it is collected."""
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()

    def _fail(self, error: Exception) -> bytes:
        self._has_failed = True
        return encode_json(source_failure(self._call, error))


def source_failure(call: OperationCall, error: Exception) -> Result:
    """The result that replaces a stream, or ends it, when its source fails."""
    selections = call.operation.definition.selection_set.selections
    fields = [node for node in selections if isinstance(node, FieldNode)][:1]
    path = [field.alias.value if field.alias else field.name.value for field in fields]
    located = located_error(error, fields or None, path or None)
    return {"data": None, "errors": field_entries([located], call.request_id)}

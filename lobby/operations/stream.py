"""A subscription's events: the source they come from, and what each is for the one who asked."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Any

from graphql import ExecutionResult, Executor, FieldNode, GraphQLSchema, execute_subscription_event, located_error

from lobby.operations.call import OperationCall, build_executor
from lobby.operations.json_text import encode_json
from lobby.operations.plans.plan import Plan, Run
from lobby.operations.plans.shared import SharedTexts
from lobby.operations.reporting import execution_result, field_entries, internal_entry
from lobby.operations.result import Result

TextOf = Callable[[Any], Awaitable[str]]
"""Executes a subscription's selection on one event of its source, and gives the result as JSON. Never
raises but on cancellation."""


class EventStream:
    """An iterator of results as JSON over a source of events. Taking an event and executing the selection
    on it are two steps, so that one execution can serve many followers. Whoever opened the stream closes
    it."""

    def __init__(self, call: OperationCall, source: AsyncIterable[Any], text_of: TextOf) -> None:
        self._call = call
        self._source: AsyncIterator[Any] = aiter(source)
        self._text_of = text_of
        self._failed = False

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> str:
        """The next event's result. An error of the source, such as a `CallerError`, is the last result."""
        if self._failed:
            raise StopAsyncIteration
        try:
            event = await anext(self._source)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self._failed = True
            return _text(self._failure(error))
        return await self._text_of(event)

    async def aclose(self) -> None:
        """Close the source, so that its `finally` blocks run now and not when it is collected."""
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()

    def _failure(self, error: Exception) -> Result:
        selections = self._call.operation.definition.selection_set.selections
        fields = [node for node in selections if isinstance(node, FieldNode)][:1]
        path = [field.alias.value if field.alias else field.name.value for field in fields]
        located = located_error(error, fields or None, path or None)
        return {"data": None, "errors": field_entries([located], self._call.request_id)}


def interpreted(executor: Executor[None], request_id: str) -> TextOf:
    """graphql-core executes each event."""

    async def text_of(event: Any) -> str:
        try:
            result = execute_subscription_event(executor.build_per_event_executor(event))
            executed = result if isinstance(result, ExecutionResult) else await result
        except Exception as error:
            return _text({"data": None, "errors": [internal_entry(error, request_id, "an event")]})
        return _text(execution_result(executed, request_id))

    return text_of


def planned(call: OperationCall, plan: Plan, run: Run, shared: SharedTexts, schema: GraphQLSchema) -> TextOf:
    """A plan executes each event, once for all followers that get the same event and ask for the same of
    it."""
    asked = repr([run.variables.get(name) for name in plan.variables_read])

    async def text_of(event: Any) -> str:
        is_shared = type(event) in plan.shared_classes
        text = shared.get(plan, asked, event) if is_shared else None
        if text is not None:
            return text
        try:
            text = _text({"data": await plan.event_data(event, run)})
        except Exception:
            return await _left_over(event)
        if is_shared:
            shared.put(plan, asked, event, text)
        return text

    async def _left_over(event: Any) -> str:
        executor = build_executor(schema, call)
        assert not isinstance(executor, list), "variables that a plan has read are good"
        return await interpreted(executor, call.request_id)(event)

    return text_of


def _text(result: Result) -> str:
    return encode_json(result).decode()

"""A subscription's events: the source they come from, and what each is for the one who asked."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Hashable
from typing import Any, NamedTuple, Protocol, runtime_checkable

from graphql import ExecutionResult, Executor, FieldNode, GraphQLSchema, execute_subscription_event, located_error

from lobby.operations.call import OperationCall, build_executor
from lobby.operations.json_text import encode_json
from lobby.operations.plans.plan import Plan, Run
from lobby.operations.plans.shared import SharedTexts
from lobby.operations.reporting import execution_result, field_entries, internal_entry
from lobby.operations.result import Result
from lobby.ports.line import Line

TextOf = Callable[[Any], Awaitable[bytes]]
"""Executes a subscription's selection on one event of its source, and gives the result as JSON. Never raises but on
cancellation."""

SharedTextOf = Callable[[Any], bytes | None]
"""The same at once, for an event whose result is every follower's; None where it is not."""


class SharedText(NamedTuple):
    """What streams have in common that follow the same with the same document and variables."""

    key: Hashable
    text_of: SharedTextOf


@runtime_checkable
class PushingSource(Protocol):
    """A source that can hand its events on, besides being asked for them."""

    async def pushed(self, key: Hashable, text_of: SharedTextOf, line: Line[bytes]) -> None:
        """Write the text of each new event to `line` for as long as that is clear; returns when the next is to be asked for.

        Streams with the same `key` have the same texts for the same events, so that one `text_of` serves them all."""


class EventStream:
    """An iterator of results as JSON over a source of events. Taking an event and executing the selection on it are two
    steps, so that one execution can serve many followers. Whoever opened the stream closes it."""

    def __init__(
        self,
        call: OperationCall,
        source: AsyncIterable[Any],
        text_of: TextOf,
        shared: SharedText | None = None,
    ) -> None:
        self._call = call
        self._source: AsyncIterator[Any] = aiter(source)
        self._text_of = text_of
        self._shared = shared
        self._failed = False

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> bytes:
        return (await self.next_placed())[0]

    async def next_placed(self) -> tuple[bytes, str | None]:
        """The next event's result, with the event's `position` where it has one: what to resume from right behind it.

        An error of the source, such as a `CallerError`, is the last result.
        """
        if self._failed:
            raise StopAsyncIteration
        try:
            event = await anext(self._source)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self._failed = True
            return encode_json(source_failure(self._call, error)), None
        return await self._text_of(event), getattr(event, "position", None)

    async def pushed(self, line: Line[bytes]) -> None:
        """Write new results to `line` for as long as that is clear; returns, at once maybe, when the next one is to be asked
        for. To be called between two of those."""
        shared, source = self._shared, self._source
        if shared is not None and isinstance(source, PushingSource):
            await source.pushed(shared.key, shared.text_of, line)

    async def aclose(self) -> None:
        """Close the source, so that its `finally` blocks run now and not when it is collected."""
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()


def source_failure(call: OperationCall, error: Exception) -> Result:
    """The result that stands in for a stream, or ends one, when its source fails."""
    selections = call.operation.definition.selection_set.selections
    fields = [node for node in selections if isinstance(node, FieldNode)][:1]
    path = [field.alias.value if field.alias else field.name.value for field in fields]
    located = located_error(error, fields or None, path or None)
    return {"data": None, "errors": field_entries([located], call.request_id)}


def interpreted(executor: Executor[None], request_id: str) -> TextOf:
    """graphql-core executes each event."""

    async def text_of(event: Any) -> bytes:
        try:
            result = execute_subscription_event(executor.build_per_event_executor(event))
            executed = result if isinstance(result, ExecutionResult) else await result
        except Exception as error:
            return encode_json({"data": None, "errors": [internal_entry(error, request_id, "an event")]})
        return encode_json(execution_result(executed, request_id))

    return text_of


def planned(
    call: OperationCall, plan: Plan, run: Run, shared: SharedTexts, schema: GraphQLSchema
) -> tuple[TextOf, SharedText]:
    """A plan executes each event, once for all followers that get the same event and ask for the same of it."""
    asked = repr([run.variables.get(name) for name in plan.variables_read])

    def shared_text_of(event: Any) -> bytes | None:
        complete = plan.shared.get(type(event))
        if complete is None:
            return None
        text = shared.get(plan, asked, event)
        if text is None:
            try:
                text = encode_json({"data": {plan.roots[0].key: complete(event, run)}})
            except Exception:
                return None
            shared.put(plan, asked, event, text)
        return text

    async def text_of(event: Any) -> bytes:
        text = shared_text_of(event)
        if text is not None:
            return text
        try:
            return encode_json({"data": await plan.event_data(event, run)})
        except Exception:
            return await _left_over(event)

    async def _left_over(event: Any) -> bytes:
        executor = build_executor(schema, call)
        assert not isinstance(executor, list), "variables that a plan has read are good"
        return await interpreted(executor, call.request_id)(event)

    return text_of, SharedText((plan.identity, asked), shared_text_of)

"""The operations of one schema: prepare a request, then execute it or open its stream."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from graphql import (
    ExecutionResult,
    Executor,
    GraphQLSchema,
    create_source_event_stream,
    execute_root_selection_set,
)
from graphql.validation import ASTValidationRule

from lobby.operations.call import OperationCall
from lobby.operations.documents import DocumentLimits, Documents
from lobby.operations.errors import BAD_USER_INPUT
from lobby.operations.prepared import PreparedOperation
from lobby.operations.reporting import execution_result, field_entries, internal_entry, request_entry
from lobby.operations.request import OperationRequest
from lobby.operations.result import Result, request_error
from lobby.operations.stream import EventStream


class Operations:
    """What every transport runs operations through. It knows GraphQL, and nothing of the lobby."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: DocumentLimits | None = None,
        rules: Sequence[type[ASTValidationRule]] = (),
    ) -> None:
        """`rules` are validated on top of the specification's own; they are classes, made anew for each
        document."""
        self._schema = schema
        self.documents = Documents(schema, limits or DocumentLimits(), rules)

    def prepare(self, request: OperationRequest) -> PreparedOperation | Result:
        """The operation that is asked for, or the request error to answer."""
        return self.documents.prepare(request.query).select(request.operation_name)

    async def execute(self, call: OperationCall) -> Result:
        """Run a query or mutation to its end. Never raises but on cancellation."""
        executor = self._executor(call)
        if isinstance(executor, dict):
            return executor
        try:
            result = execute_root_selection_set(executor)
            # Resolvers that are all synchronous have the result here and now: no await, no turn of the loop.
            executed = result if isinstance(result, ExecutionResult) else await result
        except Exception as error:
            return {"data": None, "errors": [internal_entry(error, call.request_id, "an operation")]}
        return execution_result(executed, call.request_id)

    async def subscribe(self, call: OperationCall) -> EventStream | Result:
        """Open the source of a subscription's events, or give the one result that stands in for the stream.

        That result has `data` null when the resolver refused, and no `data` when the request was at fault.
        """
        executor = self._executor(call)
        if isinstance(executor, dict):
            return executor
        opening = create_source_event_stream(executor)
        source = await opening if isinstance(opening, Awaitable) else opening
        if isinstance(source, ExecutionResult):
            return {"data": None, "errors": field_entries(source.errors or (), call.request_id)}
        return EventStream(executor, source, call.request_id)

    def _executor(self, call: OperationCall) -> Executor[None] | Result:
        executor = Executor.build(
            self._schema,
            call.operation.document,
            context_value=call.context,
            raw_variable_values=call.variables,
            operation_name=call.operation.name,
        )
        if isinstance(executor, list):
            return request_error(request_entry(error, BAD_USER_INPUT) for error in executor)
        return executor

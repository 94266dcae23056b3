"""The operations of one schema: prepare a request, then execute it or open its stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from graphql import (
    ExecutionResult,
    Executor,
    GraphQLSchema,
    MiddlewareManager,
    OperationType,
    create_source_event_stream,
    execute_root_selection_set,
)
from graphql.validation import ASTValidationRule

from lobby.operations.aside import TooBusy, aside
from lobby.operations.call import OperationCall, build_executor
from lobby.operations.document_limits import DocumentLimits
from lobby.operations.documents import Documents
from lobby.operations.errors import (
    BAD_USER_INPUT,
    LIMIT_EXCEEDED,
    NOT_TRUSTED,
    PERSISTED_QUERY_NOT_FOUND,
    RATE_LIMITED,
)
from lobby.operations.plans.plan import Run, Unfinished
from lobby.operations.plans.planner import Planner
from lobby.operations.plans.replay import replaying
from lobby.operations.plans.shared import SharedTexts
from lobby.operations.plans.uncovered import Uncovered
from lobby.operations.prepared import InvalidDocument, PreparedDocument, PreparedOperation
from lobby.operations.reporting import execution_result, field_entries, internal_entry, request_entry
from lobby.operations.request import OperationRequest
from lobby.operations.result import Result, error_entry, request_error
from lobby.operations.shape import variables_excess
from lobby.operations.stream import EventStream, interpreted, planned, source_failure
from lobby.operations.trusted import TrustedDocuments, document_hash

Afford = Callable[[int], int]
"""Says how many ms a caller has to wait until the server looks at so many characters of a document that it doesn't know; 0: it
does so now."""
DEAR_FIELDS = 2_000
"""An operation of a higher price is planned before it is first run: graphql-core takes some 8 us a field, a plan
less than 1 us."""
BUSY_MS = 1_000
"""When to come again, where too many documents wait to be looked at."""


class Operations:
    """What every transport runs operations through. It knows GraphQL, and nothing of the lobby."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: DocumentLimits | None = None,
        rules: Sequence[type[ASTValidationRule]] = (),
        trusted: Iterable[str] = (),
        trusted_only: bool = False,
        introspection: bool = True,
    ) -> None:
        """`rules` are validated on top of the specification's own; they are classes, made anew for each
        document. `trusted` are the texts of documents known from the start; `trusted_only` refuses all
        others. Without `introspection` nobody is told what the schema is, by hints in errors neither.

        Raises:
            ValueError: a trusted document is not valid.
        """
        self._schema = schema
        self._planner = Planner(schema)
        self._shared = SharedTexts()
        self._limits = limits or DocumentLimits()
        self._hide_suggestions = not introspection
        self.documents = Documents(schema, self._limits, rules, introspection)
        self._trusted = TrustedDocuments([(text, self._trust(text)) for text in trusted])
        self._trusted_only = trusted_only

    def prepare(self, request: OperationRequest) -> PreparedOperation | Result:
        """The operation that is asked for, or the request error to answer. All that takes is done here and now."""
        document = self._known(request) or self.documents.prepare(request.query or "")
        operation = self._selected(document, request)
        if isinstance(operation, PreparedOperation):
            self._planner.used(operation)
        return operation

    async def prepared(self, request: OperationRequest, afford: Afford) -> PreparedOperation | Result:
        """The same for a server's callers: what takes long is done beside the event loop, and only as it can be afforded."""
        try:
            document = self._known(request) or await self._new(request.query or "", afford)
            operation = self._selected(document, request)
            if isinstance(operation, PreparedOperation):
                is_dear = operation.uses == 0 and operation.price.of(request.variables) > DEAR_FIELDS
                if self._planner.is_due(operation, at_once=is_dear):
                    await aside(self._planner.plan, operation)
                    self._planner.keep(operation)
            return operation
        except TooBusy:
            return _too_many(BUSY_MS).select(None)

    def planned(self, request: OperationRequest) -> PreparedOperation | None:
        """The query or mutation that is asked for, where it has a plan already; `prepare` has the rest."""
        text, hashed = request.query, request.document_hash
        if text is None:
            document: PreparedDocument | InvalidDocument | None = self._trusted.by_hash(hashed or "")
        else:
            document = None if hashed is not None else self._trusted.by_text(text) or self.documents.kept(text)
        operation = document.select(request.operation_name) if document is not None else None
        if not isinstance(operation, PreparedOperation) or operation.kind is OperationType.SUBSCRIPTION:
            return None
        if operation.plan is None or not (operation.is_trusted or self._excess(operation, request) is None):
            return None
        return operation

    async def execute(self, call: OperationCall) -> Result:
        """Run a query or mutation to its end. Never raises but on cancellation."""
        plan = call.operation.plan
        if plan is None:
            return await self._interpret(call)
        try:
            return {"data": await plan.execute(Run(call.context, plan.read_variables(call.variables)))}
        except Uncovered:
            return await self._interpret(call)
        except Unfinished as unfinished:
            return await self._interpret(call, replaying(unfinished.roots))

    async def subscribe(self, call: OperationCall) -> EventStream | Result:
        """Open the source of a subscription's events, or give the one result that stands in for the stream.

        That result has `data` null when the resolver refused, and no `data` when the request was at fault.
        """
        plan = call.operation.plan
        if plan is not None:
            try:
                run = Run(call.context, plan.read_variables(call.variables))
                source = await plan.source(run)
                return EventStream(call, source, *planned(call, plan, run, self._shared, self._schema))
            except Uncovered:
                pass
            except Exception as error:
                return source_failure(call, error)
        executor = self._executor(call)
        if isinstance(executor, dict):
            return executor
        opening = create_source_event_stream(executor)
        opened = await opening if isinstance(opening, Awaitable) else opening
        if isinstance(opened, ExecutionResult):
            return {"data": None, "errors": field_entries(opened.errors or (), call.request_id)}
        return EventStream(call, opened, interpreted(executor, call.request_id))

    async def _interpret(self, call: OperationCall, middleware: MiddlewareManager | None = None) -> Result:
        executor = self._executor(call, middleware)
        if isinstance(executor, dict):
            return executor
        try:
            result = execute_root_selection_set(executor)
            # Resolvers that are all synchronous have the result here and now: no await, no turn of the loop.
            executed = result if isinstance(result, ExecutionResult) else await result
        except Exception as error:
            return {"data": None, "errors": [internal_entry(error, call.request_id, "an operation")]}
        return execution_result(executed, call.request_id)

    def _executor(self, call: OperationCall, middleware: MiddlewareManager | None = None) -> Executor[None] | Result:
        executor = build_executor(self._schema, call, middleware, self._hide_suggestions)
        if isinstance(executor, list):
            return request_error(request_entry(error, BAD_USER_INPUT) for error in executor)
        return executor

    def _trust(self, text: str) -> PreparedDocument:
        document = self.documents.trusted(text)
        if isinstance(document, InvalidDocument):
            raise ValueError(f"a trusted document is not valid: {document.errors[0]['message']}")
        for operation in document.operations.values():
            self._planner.plan(operation)
        return document

    def _excess(self, operation: PreparedOperation, request: OperationRequest) -> str | None:
        """What an operation, with its variables, is too much of."""
        price, most = operation.price.of(request.variables), self._limits.price_max
        if price > most:
            return f"The answer may have {price} fields, lists counted as long as they may become; at most {most}."
        return variables_excess(request.variables, self._limits)

    def _selected(
        self, document: PreparedDocument | InvalidDocument, request: OperationRequest
    ) -> PreparedOperation | Result:
        operation = document.select(request.operation_name)
        if isinstance(operation, PreparedOperation) and not operation.is_trusted:
            refused = self._excess(operation, request)
            if refused is not None:
                return request_error([error_entry(LIMIT_EXCEEDED, refused)])
        return operation

    def _known(self, request: OperationRequest) -> PreparedDocument | InvalidDocument | None:
        """The document that is asked for; None where its text has yet to be looked at."""
        text, hashed = request.query, request.document_hash
        if text is None:
            assert hashed is not None, "a request names its document by text or by hash"
            return self._trusted.by_hash(hashed) or _not_found()
        if hashed is not None and hashed != document_hash(text):
            return InvalidDocument((error_entry(BAD_USER_INPUT, "The hash is not that of the document."),))
        trusted = self._trusted.by_text(text)
        if trusted is not None:
            return trusted
        return _not_trusted() if self._trusted_only else self.documents.kept(text)

    async def _new(self, text: str, afford: Afford) -> PreparedDocument | InvalidDocument:
        wait_ms = 0 if self.documents.is_being_read(text) else afford(len(text))
        return _too_many(wait_ms) if wait_ms else await self.documents.prepared(text)


def _not_found() -> InvalidDocument:
    return InvalidDocument((error_entry(PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound"),))


def _not_trusted() -> InvalidDocument:
    return InvalidDocument((error_entry(NOT_TRUSTED, "This server takes no documents but its trusted ones."),))


def _too_many(wait_ms: int) -> InvalidDocument:
    message = "Too many documents that are new to this server; send the same ones, with variables."
    return InvalidDocument((error_entry(RATE_LIMITED, message, retryAfterMs=wait_ms),))

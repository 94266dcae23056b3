"""The operations of one schema: find the operation of a request, check its limits, then execute it or open its stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter

from graphql import GraphQLSchema
from graphql.validation import ASTValidationRule

from lobby.app.errors import BAD_USER_INPUT, LIMIT_EXCEEDED, NOT_TRUSTED, PERSISTED_QUERY_NOT_FOUND, RATE_LIMITED
from web.graphql.execution.document_limits import DocumentLimits, variables_violation
from web.graphql.execution.documents import Documents, TooBusy, document_hash
from web.graphql.execution.executor import EventStream, OperationExecutor
from web.graphql.execution.operation import InvalidDocument, Operation, OperationCall, OperationRequest, ValidDocument
from web.graphql.execution.result import Result, error_entry, request_error
from web.traffic_metrics import TrafficMetrics

DocumentWait = Callable[[int], int]
"""How many ms a caller has to wait until the server parses a new document of so many characters; 0 for none, and then the
characters count against the caller's rate."""
BUSY_WAIT_MS = 1_000
"""When to try again, if too many documents wait to be parsed."""


class Operations:
    """Every transport runs its operations with this object. It knows GraphQL, and nothing of the lobby."""

    def __init__(
        self,
        schema: GraphQLSchema,
        executor: OperationExecutor,
        limits: DocumentLimits | None = None,
        rules: Sequence[type[ASTValidationRule]] = (),
        trusted: Iterable[str] = (),
        trusted_only: bool = False,
        introspection: bool = True,
    ) -> None:
        """`rules` are validated besides those of the specification. `trusted` are the texts of documents that the server knows
        from its start; with `trusted_only` it refuses all others. Without `introspection` it refuses questions about the schema,
        and errors do not suggest names either."""
        self._executor = executor
        self.metrics = TrafficMetrics()
        self._limits = limits or DocumentLimits()
        self.documents = Documents(schema, self._limits, rules, introspection, trusted)
        self._trusted_only = trusted_only

    async def prepare(self, request: OperationRequest, document_wait_ms: DocumentWait) -> Operation | Result:
        """The operation of a request, or the request error. A new document is parsed beside the event loop."""
        try:
            document = self._find(request) or await self._load(request, document_wait_ms)
            operation = self._select(document, request)
            if isinstance(operation, Operation):
                await self._executor.prepare(operation, request.variables)
        except TooBusy:
            operation = _too_many_documents(BUSY_WAIT_MS).select(None)
        if not isinstance(operation, Operation):
            self.metrics.count_errors(operation)
        return operation

    def find(self, request: OperationRequest) -> Operation | None:
        """The operation of a request, if its document is known and nothing is wrong with the request."""
        document = self._find(request)
        operation = self._select(document, request) if document is not None else None
        return operation if isinstance(operation, Operation) else None

    async def execute(self, call: OperationCall) -> Result:
        """Run a query or mutation to its end; see `OperationExecutor.execute`."""
        began_at = perf_counter()
        result = await self._executor.execute(call)
        # As `count_operation`, without the call.
        took_s = call.operation.took_s
        if not took_s:
            self.metrics.count_soon(call.operation)
        took_s.append(perf_counter() - began_at)
        if "errors" in result:
            self.metrics.count_errors(result)
        return result

    async def subscribe(self, call: OperationCall) -> EventStream | Result:
        """Open a subscription's stream, or return the result that replaces it; see `OperationExecutor.subscribe`."""
        began_at = perf_counter()
        stream = await self._executor.subscribe(call)
        self.metrics.count_operation(call.operation, perf_counter() - began_at)
        if isinstance(stream, dict):
            self.metrics.count_errors(stream)
        return stream

    def _find(self, request: OperationRequest) -> ValidDocument | InvalidDocument | None:
        """The document of a request; None if its text has to be parsed first."""
        documents, text, hashed = self.documents, request.query, request.document_hash
        if text is None:
            text = self._trusted_text(request)
            return _NOT_FOUND if text is None else documents.get(text)
        if hashed is not None and hashed != document_hash(text):
            return _HASH_DIFFERS
        if self._trusted_only and not documents.is_trusted(text):
            return _NOT_TRUSTED
        return documents.get(text)

    async def _load(self, request: OperationRequest, document_wait_ms: DocumentWait) -> ValidDocument | InvalidDocument:
        text = request.query if request.query is not None else self._trusted_text(request)
        assert text is not None, "_find has refused a hash that is not known"
        is_new = not self.documents.is_trusted(text) and not self.documents.is_loading(text)
        wait_ms = document_wait_ms(len(text)) if is_new else 0
        return _too_many_documents(wait_ms) if wait_ms else await self.documents.load(text)

    def _trusted_text(self, request: OperationRequest) -> str | None:
        """The text of the document that a request names by its hash alone."""
        assert request.document_hash is not None, "a request names its document by text or by hash"
        return self.documents.trusted_text(request.document_hash)

    def _select(self, document: ValidDocument | InvalidDocument, request: OperationRequest) -> Operation | Result:
        operation = document.select(request.operation_name)
        if isinstance(operation, Operation) and not operation.is_trusted:
            message = self._violation(operation, request)
            if message is not None:
                return request_error([error_entry(LIMIT_EXCEEDED, message)])
        return operation

    def _violation(self, operation: Operation, request: OperationRequest) -> str | None:
        """The limit that an operation exceeds with its variables, as a message to the caller; None if it exceeds none."""
        cost, cost_max = operation.cost.of(request.variables), self._limits.cost_max
        if cost > cost_max:
            return f"The answer may have {cost} fields, lists counted as long as they may become; at most {cost_max}."
        return variables_violation(request.variables, self._limits)


_NOT_FOUND = InvalidDocument((error_entry(PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound"),))
_HASH_DIFFERS = InvalidDocument((error_entry(BAD_USER_INPUT, "The hash is not that of the document."),))
_NOT_TRUSTED = InvalidDocument((error_entry(NOT_TRUSTED, "This server takes no documents but its trusted ones."),))


def _too_many_documents(wait_ms: int) -> InvalidDocument:
    message = "Too many documents that are new to this server; send the same ones, with variables."
    return InvalidDocument((error_entry(RATE_LIMITED, message, retryAfterMs=wait_ms),))

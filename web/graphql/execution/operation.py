"""Requests for operations, the same on every transport, and the operations of documents that have been parsed and validated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationType

from lobby.app.errors import LIMIT_EXCEEDED, OPERATION_RESOLUTION_FAILED
from lobby.struct import Struct
from web.graphql.execution.cost import Cost
from web.graphql.execution.result import ErrorEntry, Result, encode_json, error_entry, request_error

Variables = dict[str, Any]

OTHER = "other"
"""Stands for everything that a client can name freely, so that clients can't make labels of metrics and traces."""

_ALGORITHM = "sha256:"


class MalformedRequest(ValueError):
    """A request with a wrong shape. `field` is the wrong parameter, or empty if the whole request is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class MalformedDocumentHash(MalformedRequest):
    """The request names its document in a wrong way. The WebSocket subprotocols leave the form of that open."""


class OperationRequest(Struct):
    """The parameters of a GraphQL request. `operation_name` None: the only operation of the document. `query` None: the
    request names the document by its `document_hash` alone."""

    query: str | None
    operation_name: str | None
    variables: Variables
    extensions: dict[str, Any]
    document_hash: str | None = None


_PARAMETERS = ("query", "operationName", "variables", "extensions", "documentId")


def read_request(decoded: object) -> OperationRequest:
    """Read a request from decoded JSON. Unknown keys are ignored. Raises `MalformedRequest`."""
    if isinstance(decoded, list):
        raise MalformedRequest("", "Batches are not taken: send one operation at a time, as a JSON object.")
    if not isinstance(decoded, dict):
        raise MalformedRequest("", "The request must be a JSON object.")
    query, name, variables, extensions, document_id = map(decoded.get, _PARAMETERS)
    if extensions is not None and not isinstance(extensions, dict):
        raise MalformedRequest("extensions", "extensions must be an object or null.")
    hashed = _document_hash(extensions or {}, document_id) if extensions or document_id else None
    if not isinstance(query, str) and (query is not None or hashed is None):
        raise MalformedRequest("query", "query must be a string.")
    if name is not None and not isinstance(name, str):
        raise MalformedRequest("operationName", "operationName must be a string or null.")
    if variables is not None and not isinstance(variables, dict):
        raise MalformedRequest("variables", "variables must be an object or null.")
    # An empty text and an empty name count as missing: JsonUtility, Unity's own serializer, writes a null string as an empty one.
    text = None if hashed is not None and not query else query
    return OperationRequest(text, name or None, variables or {}, extensions or {}, hashed)


def _document_hash(extensions: dict[str, Any], document_id: object) -> str | None:
    """The SHA-256 that names a trusted document: Apollo's `extensions.persistedQuery`, or the `documentId` of the draft of
    GraphQL over HTTP, where the algorithm's name may precede it."""
    if document_id:
        if not isinstance(document_id, str):
            raise MalformedDocumentHash("documentId", "documentId must be a string.")
        return document_id.removeprefix(_ALGORITHM).lower()
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    hashed = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(hashed, str):
        raise MalformedDocumentHash("extensions", "extensions.persistedQuery.sha256Hash must be a string.")
    return hashed.lower()


class Pace(Protocol):
    """Returns when a stream may make so many events."""

    async def __call__(self, events: int = 1) -> None: ...


MEASURED_FIELDS_MIN = 1_000
"""The result of an operation that costs fewer fields is encoded at once: with some hundreds of bytes for each field it has a
megabyte at most. The operations of the client cost 250 to 700."""
PIECES_LEVEL = 6
"""The levels of a result that are measured one by one: errors or data, a root field, its page, nodes, and their fields."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Operation:
    """One operation of a valid document, ready to run."""

    document: DocumentNode
    definition: OperationDefinitionNode
    kind: OperationType
    name: str | None
    cost: Cost
    is_trusted: bool = False
    """True if the server knows its document from its start. The limits of documents do not hold for such a document."""
    answer_bytes_max: int | None = None
    """Bytes that one result may have; None for no limit."""
    label: str = OTHER
    """The name of the operation in metrics and traces; `OTHER` for one that a client may have named."""
    took_s: list[float] = field(default_factory=list)
    """How long its latest runs took, in seconds, until `TrafficMetrics` counts them."""

    def encode(self, result: Result, variables: Variables) -> tuple[Result, bytes]:
        """A result and its JSON; a LIMIT_EXCEEDED error and its JSON in place of a result that is too long.

        A result that may be long is measured piece by piece first, so that no time is spent on the rest of one that is too long.
        """
        bytes_max = self.answer_bytes_max
        if bytes_max is None:
            return result, encode_json(result)
        if self.cost.of(variables) < MEASURED_FIELDS_MIN or _measure(result, bytes_max, PIECES_LEVEL) >= 0:
            text = encode_json(result)
            if len(text) <= bytes_max:
                return result, text
        refusal = self.too_long()
        return refusal, encode_json(refusal)

    def too_long(self) -> Result:
        """The result in place of one that has more bytes than it may."""
        message = f"The answer has more than {self.answer_bytes_max} bytes: select less, or fewer items at once."
        return {"data": None, "errors": [error_entry(LIMIT_EXCEEDED, message)]}


@dataclass(frozen=True, slots=True)
class ValidDocument:
    """A valid document. `by_name`: its operations. The only operation of a document also has the name None."""

    operations: Sequence[Operation]
    by_name: Mapping[str | None, Operation]

    def select(self, name: str | None) -> Operation | Result:
        """The operation of that name, or the request error. None stands for the document's only operation."""
        operation = self.by_name.get(name)
        if operation is not None:
            return operation
        if name is None:
            return _unresolved("operationName must say which of the document's operations to run.")
        return _unresolved(f"The document has no operation named '{name}'.")


@dataclass(frozen=True, slots=True)
class InvalidDocument:
    """A document that failed to parse or validate. Every request for it has the same response."""

    errors: tuple[ErrorEntry, ...]

    def select(self, name: str | None) -> Result:
        return request_error(self.errors)


def index_operations(
    schema: GraphQLSchema, document: DocumentNode, is_trusted: bool = False, answer_bytes_max: int | None = None
) -> ValidDocument:
    """Index the operations of a document that has been validated."""
    operations = []
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            name = node.name.value if node.name else None
            label = (name if is_trusted else None) or OTHER
            cost = Cost(schema, document, node)
            operations.append(
                Operation(document, node, node.operation, name, cost, is_trusted, answer_bytes_max, label)
            )
    by_name = {operation.name: operation for operation in operations}
    if len(operations) == 1:
        by_name[None] = operations[0]
    return ValidDocument(operations, by_name)


def _unresolved(message: str) -> Result:
    return request_error([error_entry(OPERATION_RESOLUTION_FAILED, message)])


def _measure(value: object, bytes_left: int, levels: int) -> int:
    """What `value` leaves of `bytes_left` as JSON; negative if it is longer, and then the rest of it was not encoded."""
    if levels and isinstance(value, dict):
        pieces: Iterable[object] = value.values()
    elif levels and isinstance(value, list):
        pieces = value
    else:
        return bytes_left - len(encode_json(value))
    for piece in pieces:
        bytes_left = _measure(piece, bytes_left, levels - 1)
        if bytes_left < 0:
            break
    return bytes_left


class OperationCall(Struct):
    """Everything that running an operation needs: the variables as they came, the context for the resolvers, and the request
    id for the log."""

    operation: Operation
    variables: Variables
    context: object
    request_id: str
    pace: Pace | None = None
    """Awaited before each event of a subscription is made."""

    def encode(self, result: Result) -> bytes:
        """The JSON of a result, or of an error in its place; see `Operation.encode`."""
        return self.operation.encode(result, self.variables)[1]

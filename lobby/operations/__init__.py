"""How GraphQL operations run: documents prepared once, execution, event streams, and errors as callers see
them."""

from lobby.operations.call import OperationCall
from lobby.operations.document_limits import DocumentLimits
from lobby.operations.documents import Documents
from lobby.operations.errors import CallerError
from lobby.operations.operations import Operations
from lobby.operations.prepared import PreparedOperation
from lobby.operations.request import MalformedRequest, OperationRequest, read_request
from lobby.operations.result import Result, is_request_error
from lobby.operations.stream import EventStream

__all__ = [
    "CallerError",
    "DocumentLimits",
    "Documents",
    "EventStream",
    "MalformedRequest",
    "OperationCall",
    "OperationRequest",
    "Operations",
    "PreparedOperation",
    "Result",
    "is_request_error",
    "read_request",
]

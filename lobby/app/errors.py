"""What goes wrong with a request, and the codes that programs read: `errors[].extensions.code`."""

from __future__ import annotations

from collections.abc import Mapping

BAD_REQUEST = "BAD_REQUEST"
"""The request has not the shape of a GraphQL request."""

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"

OPERATION_RESOLUTION_FAILED = "OPERATION_RESOLUTION_FAILURE"
"""The document has not the operation that was asked for, or has several and none was named. Apollo Server's
word."""

PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
"""No document of that hash is trusted. Apollo's word, on which its clients send the text."""

NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
"""The server takes no documents but the trusted ones."""

BAD_USER_INPUT = "BAD_USER_INPUT"
UNAUTHENTICATED = "UNAUTHENTICATED"
NOT_FOUND = "NOT_FOUND"
LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
RATE_LIMITED = "RATE_LIMITED"
"""Too much in too short a time; the entry carries `retryAfterMs`."""

UNAVAILABLE = "UNAVAILABLE"
"""The store can't say now; the entry carries `retryable` and `retryAfterMs`, as a Rejection of this code does."""

INTERNAL = "INTERNAL"
"""A fault of ours; the entry carries `requestId`, under which the log has the rest."""


class CallerError(Exception):
    """What a resolver raises when the request is at fault: message, code and extensions reach the caller
    unchanged."""

    def __init__(self, code: str, message: str, extensions: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.extensions: Mapping[str, object] = extensions or {}

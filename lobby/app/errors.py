"""The errors of requests, and the codes that programs read in `errors[].extensions.code`."""

from __future__ import annotations

from collections.abc import Mapping

BAD_REQUEST = "BAD_REQUEST"
"""The request does not have the form of a GraphQL request."""

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"

OPERATION_RESOLUTION_FAILED = "OPERATION_RESOLUTION_FAILURE"
"""The document does not contain the requested operation, or contains several and the request names none. Apollo Server uses this
code."""

PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
"""There is no trusted document with this hash. Apollo's clients react to this code by sending the text."""

NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
"""The server only executes trusted documents."""

BAD_USER_INPUT = "BAD_USER_INPUT"
UNAUTHENTICATED = "UNAUTHENTICATED"
NOT_FOUND = "NOT_FOUND"
LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
RATE_LIMITED = "RATE_LIMITED"
"""Too many requests in a short time. The entry has `retryAfterMs`."""

UNAVAILABLE = "UNAVAILABLE"
"""The store can't answer now. The entry has `retryable` and `retryAfterMs`, as a Rejection with this code has."""

INTERNAL = "INTERNAL"
"""An error in the server. The entry has `requestId`, with which the details are in the server's log."""


class CallerError(Exception):
    """Raised by a resolver if the request is at fault. The client gets message, code and extensions unchanged."""

    def __init__(self, code: str, message: str, extensions: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.extensions: Mapping[str, object] = extensions or {}

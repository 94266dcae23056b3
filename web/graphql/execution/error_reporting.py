"""GraphQL errors as callers see them: mistakes of the caller in full, errors of the server masked and logged."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, cast

from graphql import ExecutionResult, GraphQLError, ValueNode

from lobby.app.errors import BAD_USER_INPUT, INTERNAL, UNAVAILABLE, CallerError
from lobby.ports import Unavailable
from lobby.runtime.repeated_warning import RepeatedWarning
from web.graphql.execution.result import ErrorEntry, Result, error_entry

logger = logging.getLogger(__name__)
_unavailable = RepeatedWarning(logger)

_MASKED_MESSAGE = "Internal error"
_UNAVAILABLE_MESSAGE = "The lobby can't say this right now."
RETRY_AFTER_MS = 1_000


def request_entry(error: GraphQLError, code: str) -> ErrorEntry:
    """An error in a request that never began. The caller made it, so it is neither masked nor logged."""
    entry = _located(error)
    entry["extensions"] = {"code": code}
    return entry


def execution_result(executed: ExecutionResult, request_id: str) -> Result:
    """The result of an execution. Without errors the field `errors` is left out, because Unity clients take an empty list for a
    failure."""
    result: Result = {"data": executed.data}
    if executed.errors:
        result["errors"] = field_entries(executed.errors, request_id)
    return result


def field_entries(errors: Iterable[GraphQLError], request_id: str) -> list[ErrorEntry]:
    """Errors of fields. An error that is neither a `CallerError` nor an unavailable store is logged once, with traceback and
    request id, and masked."""
    return [_field_entry(error, request_id) for error in errors]


def internal_entry(error: BaseException, request_id: str, where: str) -> ErrorEntry:
    """Log an error of the server, and return what the caller may know of it."""
    logger.error("internal error in %s, request %s", where, request_id, exc_info=error)
    return error_entry(INTERNAL, _MASKED_MESSAGE, requestId=request_id)


def _field_entry(error: GraphQLError, request_id: str) -> ErrorEntry:
    cause = _cause(error)
    entry = _located(error)
    if isinstance(cause, CallerError):
        entry["message"] = cause.message
        entry["extensions"] = {"code": cause.code, **cause.extensions}
    elif isinstance(cause, Unavailable):
        _unavailable.log("store unavailable, the client may retry in %d ms: %s", RETRY_AFTER_MS, cause)
        entry["message"] = _UNAVAILABLE_MESSAGE
        entry["extensions"] = {"code": UNAVAILABLE, "retryable": True, "retryAfterMs": RETRY_AFTER_MS}
    elif _is_bad_argument(cause):
        entry["extensions"] = {"code": BAD_USER_INPUT}
    else:
        entry |= internal_entry(cause, request_id, f"field {error.path}")
    return entry


def _located(error: GraphQLError) -> ErrorEntry:
    return cast(dict[str, Any], error.formatted)


def _cause(error: GraphQLError) -> Exception:
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_bad_argument(cause: Exception) -> bool:
    """True if graphql-core refused an argument while executing, as in `query ($n: Int = 1) { f(n: $n) }` with a null `n`.

    Validation lets it pass if f wants an Int!. Such errors have the argument's value as their node; the errors of graphql-core
    3.3 about resolvers have a field as their node, or nothing.
    """
    return isinstance(cause, GraphQLError) and isinstance(next(iter(cause.nodes or ()), None), ValueNode)

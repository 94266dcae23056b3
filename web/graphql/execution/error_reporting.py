"""GraphQL errors as callers see them: their own mistakes in full, ours masked and logged."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, cast

from graphql import ExecutionResult, GraphQLError, ValueNode

from lobby.operations.errors import BAD_USER_INPUT, INTERNAL, UNAVAILABLE, CallerError
from lobby.operations.result import ErrorEntry, Result, error_entry
from lobby.ports import Unavailable

logger = logging.getLogger(__name__)

_MASKED_MESSAGE = "Internal error"
_UNAVAILABLE_MESSAGE = "The lobby can't say this right now."
RETRY_AFTER_MS = 1_000


def request_entry(error: GraphQLError, code: str) -> ErrorEntry:
    """An error of a request that never began: always the caller's, so never masked and never logged."""
    entry = _located(error)
    entry["extensions"] = {"code": code}
    return entry


def execution_result(executed: ExecutionResult, request_id: str) -> Result:
    """What an execution came to; `errors` is left out where there are none, since Unity clients take it for
    a failure."""
    result: Result = {"data": executed.data}
    if executed.errors:
        result["errors"] = field_entries(executed.errors, request_id)
    return result


def field_entries(errors: Iterable[GraphQLError], request_id: str) -> list[ErrorEntry]:
    """Errors of fields; whatever is neither a `CallerError` nor a store out of reach is logged once, with
    traceback and request id, and masked."""
    return [_field_entry(error, request_id) for error in errors]


def internal_entry(error: BaseException, request_id: str, where: str) -> ErrorEntry:
    """Log a fault of ours, and give what the caller may know of it."""
    logger.error("Fault in %s, request %s", where, request_id, exc_info=error)
    return error_entry(INTERNAL, _MASKED_MESSAGE, requestId=request_id)


def _field_entry(error: GraphQLError, request_id: str) -> ErrorEntry:
    cause = _cause(error)
    entry = _located(error)
    if isinstance(cause, CallerError):
        entry["message"] = cause.message
        entry["extensions"] = {"code": cause.code, **cause.extensions}
    elif isinstance(cause, Unavailable):
        logger.warning("unavailable: %s", cause)
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
    """Whether graphql-core refused an argument while executing: `query ($n: Int = 1) { f(n: $n) }` with a
    null `n`.

    Validation lets that pass where f wants an Int!. Such errors point at the argument's value; graphql-core
    3.3's own complaints about resolvers point at fields or nowhere.
    """
    return isinstance(cause, GraphQLError) and isinstance(next(iter(cause.nodes or ()), None), ValueNode)

"""The answer to one operation, in the shape that goes over the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Result = dict[str, Any]
"""`data`, and `errors` where there are any. The response format of the GraphQL specification (section 7)
leaves `data` out exactly when the operation never began, which is how a request error is told from a
field's."""

ErrorEntry = dict[str, Any]
"""`message` and `extensions.code`; `locations` and `path` where they are known."""


def error_entry(code: str, message: str, **extensions: object) -> ErrorEntry:
    return {"message": message, "extensions": {"code": code, **extensions}}


def request_error(entries: Iterable[ErrorEntry]) -> Result:
    """The answer to an operation that never began."""
    return {"errors": list(entries)}


def is_request_error(result: Result) -> bool:
    """Whether the operation never began: it failed to parse, validate, be found, or have its variables
    coerced."""
    return "data" not in result


def error_codes(result: Result) -> set[str]:
    return {entry["extensions"]["code"] for entry in result.get("errors", ())}

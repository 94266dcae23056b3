"""One request for an operation, as every transport carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Variables = dict[str, Any]


class MalformedRequest(ValueError):
    """A request without the shape of one: `field` is the parameter at fault, or empty for the request as a
    whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """The parameters of a GraphQL request; `operation_name` is None where the document's only operation is
    meant."""

    query: str
    operation_name: str | None
    variables: Variables
    extensions: dict[str, Any]


def read_request(decoded: object) -> OperationRequest:
    """Read a request from decoded JSON; keys that are not known are ignored. Raises `MalformedRequest`."""
    if isinstance(decoded, list):
        raise MalformedRequest("", "Batches are not taken: send one operation at a time, as a JSON object.")
    if not isinstance(decoded, dict):
        raise MalformedRequest("", "The request must be a JSON object.")
    query = decoded.get("query")
    if not isinstance(query, str):
        raise MalformedRequest("query", "query must be a string.")
    return OperationRequest(query, _name(decoded), _mapping(decoded, "variables"), _mapping(decoded, "extensions"))


def _name(decoded: dict[str, Any]) -> str | None:
    name = decoded.get("operationName")
    if name is not None and not isinstance(name, str):
        raise MalformedRequest("operationName", "operationName must be a string or null.")
    # JsonUtility, Unity's own serializer, writes a null string as the empty one, and no operation can have
    # that name.
    return name or None


def _mapping(decoded: dict[str, Any], field: str) -> dict[str, Any]:
    value = decoded.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedRequest(field, f"{field} must be an object or null.")
    return value

"""One request for an operation, as every transport carries it."""

from __future__ import annotations

from typing import Any

from lobby.value import Value

Variables = dict[str, Any]

_ALGORITHM = "sha256:"


class MalformedRequest(ValueError):
    """A request without the shape of one: `field` is the parameter at fault, or empty for the request as a
    whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class OperationRequest(Value):
    """The parameters of a GraphQL request; `operation_name` is None where the document's only operation is
    meant. `query` is None where the document is named by its `document_hash` alone."""

    query: str | None
    operation_name: str | None
    variables: Variables
    extensions: dict[str, Any]
    document_hash: str | None = None


def read_request(decoded: object) -> OperationRequest:
    """Read a request from decoded JSON; keys that are not known are ignored. Raises `MalformedRequest`."""
    if isinstance(decoded, list):
        raise MalformedRequest("", "Batches are not taken: send one operation at a time, as a JSON object.")
    if not isinstance(decoded, dict):
        raise MalformedRequest("", "The request must be a JSON object.")
    extensions = _mapping(decoded, "extensions")
    hashed = _document_hash(decoded, extensions)
    query = decoded.get("query")
    if not isinstance(query, str) and (query is not None or hashed is None):
        raise MalformedRequest("query", "query must be a string.")
    # As with the name below, an empty text stands for none.
    text = None if hashed is not None and not query else query
    return OperationRequest(text, _name(decoded), _mapping(decoded, "variables"), extensions, hashed)


def _document_hash(decoded: dict[str, Any], extensions: dict[str, Any]) -> str | None:
    """The SHA-256 that names a trusted document: as Apollo's clients send it, or as the work on documents
    in GraphQL over HTTP has it, where it is a `documentId` with the algorithm in front."""
    persisted = extensions.get("persistedQuery")
    document_id = decoded.get("documentId") or None
    if document_id is not None:
        if not isinstance(document_id, str):
            raise MalformedRequest("documentId", "documentId must be a string.")
        return document_id.removeprefix(_ALGORITHM).lower()
    if persisted is None:
        return None
    hashed = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(hashed, str):
        raise MalformedRequest("extensions", "extensions.persistedQuery.sha256Hash must be a string.")
    return hashed.lower()


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

"""Reading the fields that the messages of both protocols have."""

from __future__ import annotations

from typing import Any

from lobby.http.graphql_ws.messages import MalformedMessage, Payload
from lobby.operations import MalformedRequest, OperationRequest, read_request

Decoded = dict[str, Any]


def type_of(message: Decoded) -> str:
    kind = message.get("type")
    if not isinstance(kind, str):
        raise MalformedMessage("A message's type must be a string.")
    return kind


def payload_of(message: Decoded) -> Payload:
    """The optional payload; clients send null for none."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise MalformedMessage(f"The payload of {message['type']} must be an object or null.")
    return payload


def id_of(message: Decoded, chars_max: int) -> str:
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise MalformedMessage(f"The id of {message['type']} must be a string that is not empty.")
    if len(operation_id) > chars_max:
        raise MalformedMessage(f"The id of {message['type']} has at most {chars_max} characters.")
    return operation_id


def request_of(message: Decoded, operation_id: str) -> OperationRequest:
    try:
        return read_request(message.get("payload"))
    except MalformedRequest as error:
        raise MalformedMessage(f"{message['type']}: {error.message}", operation_id) from None

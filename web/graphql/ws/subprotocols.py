"""The two subprotocols of GraphQL over WebSocket: `graphql-transport-ws`, and the legacy `graphql-ws` of older Unity packages.

They differ in their messages only. Both read what clients send as the same classes; `web.graphql.ws.connection` holds the
conversation for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from lobby.app.errors import BAD_REQUEST
from web.graphql.execution.operation import MalformedDocumentHash, MalformedRequest, OperationRequest, read_request
from web.graphql.execution.result import ErrorEntry, encode_json, error_entry

Payload = dict[str, Any] | None
Decoded = dict[str, Any]
"""A message as its JSON says it."""


@dataclass(frozen=True, slots=True)
class Init:
    """The client asks for the connection. The payload holds its credentials."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Start:
    """The client starts an operation under an id that it chose."""

    id: str
    request: OperationRequest


@dataclass(frozen=True, slots=True)
class Stop:
    """The client wants no more of an operation."""

    id: str


@dataclass(frozen=True, slots=True)
class Ping:
    """The client wants a pong."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Pong:
    """The client answers a ping, or shows that it is alive."""


@dataclass(frozen=True, slots=True)
class Terminate:
    """The client asks the server to close the socket."""


Message = Init | Start | Stop | Ping | Pong | Terminate


class MalformedMessage(ValueError):
    """A message that the subprotocol does not allow. With an `operation_id`, it concerns that operation only.

    `ends_operation`: the subprotocol allows the message, but the operation can't start.
    """

    def __init__(self, message: str, operation_id: str | None = None, *, ends_operation: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.operation_id = operation_id
        self.ends_operation = ends_operation


# The functions below read one field each, and raise `MalformedMessage`.


def type_of(message: Decoded) -> str:
    kind = message.get("type")
    if not isinstance(kind, str):
        raise MalformedMessage("A message's type must be a string.")
    return kind


def payload_of(message: Decoded) -> Payload:
    """The optional payload. Some clients send null for none."""
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
    except MalformedDocumentHash as error:
        raise MalformedMessage(error.message, operation_id, ends_operation=True) from None
    except MalformedRequest as error:
        raise MalformedMessage(f"{message['type']}: {error.message}", operation_id) from None


class Subprotocol(Protocol):
    """How the messages of one subprotocol are read, and the text frames that it answers with."""

    @property
    def subprotocol(self) -> str: ...

    @property
    def replaces_duplicates(self) -> bool:
        """True if a start under an id that is in use replaces the operation that runs. Otherwise it closes the socket."""

    @property
    def keep_alive(self) -> str | None:
        """The frame to send at intervals, if the subprotocol has one."""

    def read(self, message: Decoded) -> Message:
        """The message in decoded JSON. Raises `MalformedMessage`."""

    def malformed(self, error: MalformedMessage) -> str | None:
        """The answer to a malformed message, or None if such a message closes the socket."""

    def acknowledged(self) -> tuple[str, ...]:
        """The frames that answer `connection_init`."""

    def pong(self, payload: Payload) -> str: ...

    def result_head(self, operation_id: str) -> str:
        """The part of a result's frame before the JSON of the result; `RESULT_TAIL` is the part behind it. Only the id
        differs between followers, so the JSON of an event can be encoded once for all of them."""

    def error(self, operation_id: str, entries: list[ErrorEntry]) -> str:
        """The frame that ends an operation which could not start."""

    def complete(self, operation_id: str) -> str: ...

    def stopped(self, operation_id: str) -> str | None:
        """The answer to a client that stops an operation, if the subprotocol has one."""

    def closing(self, code: int, reason: str) -> str | None:
        """A frame before the close that repeats its code and reason: NativeWebSocket, which Unity clients use, hides the
        codes from 4000 on."""


RESULT_TAIL = "}"


def frame(**fields: object) -> str:
    return encode_json(fields).decode()


def frame_head(operation_id: str, kind: str) -> str:
    return f'{{"id":{encode_json(operation_id).decode()},"type":"{kind}","payload":'


@dataclass(frozen=True, slots=True)
class TransportWs:
    """`graphql-transport-ws` as its document defines it: PROTOCOL.md of the npm package graphql-ws (version 6)."""

    operation_id_chars_max: int
    subprotocol: str = "graphql-transport-ws"
    replaces_duplicates: bool = False
    keep_alive: str | None = None

    def read(self, message: Decoded) -> Message:
        match type_of(message):
            case "subscribe":
                operation_id = id_of(message, self.operation_id_chars_max)
                return Start(operation_id, request_of(message, operation_id))
            case "complete":
                return Stop(id_of(message, self.operation_id_chars_max))
            case "ping":
                return Ping(payload_of(message))
            case "pong":
                payload_of(message)
                return Pong()
            case "connection_init":
                return Init(payload_of(message))
            case kind:
                raise MalformedMessage(f"No message of the type {kind!r} is expected from a client.")

    def malformed(self, error: MalformedMessage) -> str | None:
        if error.ends_operation and error.operation_id is not None:
            return self.error(error.operation_id, [error_entry(BAD_REQUEST, error.message)])
        return None

    def acknowledged(self) -> tuple[str, ...]:
        return (frame(type="connection_ack"),)

    def pong(self, payload: Payload) -> str:
        return frame(type="pong") if payload is None else frame(type="pong", payload=payload)

    def result_head(self, operation_id: str) -> str:
        return frame_head(operation_id, "next")

    def error(self, operation_id: str, entries: list[ErrorEntry]) -> str:
        return frame(id=operation_id, type="error", payload=entries)

    def complete(self, operation_id: str) -> str:
        return frame(id=operation_id, type="complete")

    def stopped(self, operation_id: str) -> str | None:
        return None

    def closing(self, code: int, reason: str) -> str | None:
        # A ping may be sent at any time, before the acknowledgement too, with any payload.
        return frame(type="ping", payload={"closing": {"code": code, "reason": reason}})


_KEEP_ALIVE = frame(type="ka")


@dataclass(frozen=True, slots=True)
class LegacyWs:
    """The legacy `graphql-ws` of the npm package subscriptions-transport-ws, which older Unity packages use."""

    operation_id_chars_max: int
    subprotocol: str = "graphql-ws"
    replaces_duplicates: bool = True
    keep_alive: str | None = _KEEP_ALIVE

    def read(self, message: Decoded) -> Message:
        match type_of(message):
            case "start":
                operation_id = id_of(message, self.operation_id_chars_max)
                return Start(operation_id, request_of(message, operation_id))
            case "stop":
                return Stop(id_of(message, self.operation_id_chars_max))
            case "connection_init":
                return Init(payload_of(message))
            case "connection_terminate":
                return Terminate()
            case kind:
                raise MalformedMessage(f"No message of the type {kind!r} is expected from a client.")

    def malformed(self, error: MalformedMessage) -> str | None:
        # The server answers and goes on: the document of this subprotocol has no code to close with.
        if error.operation_id is not None:
            return frame(id=error.operation_id, type="error", payload={"message": error.message})
        return frame(type="connection_error", payload={"message": error.message})

    def acknowledged(self) -> tuple[str, ...]:
        return frame(type="connection_ack"), _KEEP_ALIVE

    def pong(self, payload: Payload) -> str:
        raise AssertionError("this subprotocol has no pings")

    def result_head(self, operation_id: str) -> str:
        return frame_head(operation_id, "data")

    def error(self, operation_id: str, entries: list[ErrorEntry]) -> str:
        # This message holds one error only: its document has `payload: Error`.
        return frame(id=operation_id, type="error", payload=entries[0])

    def complete(self, operation_id: str) -> str:
        return frame(id=operation_id, type="complete")

    def stopped(self, operation_id: str) -> str | None:
        return self.complete(operation_id)

    def closing(self, code: int, reason: str) -> str | None:
        return frame(type="connection_error", payload={"message": reason, "code": code})

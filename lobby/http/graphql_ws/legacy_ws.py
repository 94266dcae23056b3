"""The legacy `graphql-ws`, of the npm package subscriptions-transport-ws: what older Unity packages speak."""

from __future__ import annotations

from dataclasses import dataclass

from lobby.http.graphql_ws.dialect import frame, frame_head
from lobby.http.graphql_ws.fields import Decoded, id_of, payload_of, request_of, type_of
from lobby.http.graphql_ws.messages import Init, MalformedMessage, Message, Payload, Start, Stop, Terminate
from lobby.operations.result import ErrorEntry

_KEEP_ALIVE = frame(type="ka")


@dataclass(frozen=True, slots=True)
class LegacyWs:
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
        # This protocol's server answers and goes on; its document knows no code to close with.
        if error.operation_id is not None:
            return frame(id=error.operation_id, type="error", payload={"message": error.message})
        return frame(type="connection_error", payload={"message": error.message})

    def acknowledged(self) -> tuple[str, ...]:
        return frame(type="connection_ack"), _KEEP_ALIVE

    def pong(self, payload: Payload) -> str:
        raise AssertionError("this protocol has no pings")

    def result_head(self, operation_id: str) -> str:
        return frame_head(operation_id, "data")

    def error(self, operation_id: str, entries: list[ErrorEntry]) -> str:
        # One error is all this message holds: its document has `payload: Error`.
        return frame(id=operation_id, type="error", payload=entries[0])

    def complete(self, operation_id: str) -> str:
        return frame(id=operation_id, type="complete")

    def stopped(self, operation_id: str) -> str | None:
        return self.complete(operation_id)

    def closing(self, code: int, reason: str) -> str | None:
        return frame(type="connection_error", payload={"message": reason, "code": code})

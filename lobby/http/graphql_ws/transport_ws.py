"""`graphql-transport-ws`, held to its document: PROTOCOL.md of the npm package graphql-ws (version 6)."""

from __future__ import annotations

from dataclasses import dataclass

from lobby.http.graphql_ws.dialect import frame, frame_head
from lobby.http.graphql_ws.fields import Decoded, id_of, payload_of, request_of, type_of
from lobby.http.graphql_ws.messages import Init, MalformedMessage, Message, Payload, Ping, Pong, Start, Stop
from lobby.operations.result import ErrorEntry


@dataclass(frozen=True, slots=True)
class TransportWs:
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
        # A ping may be sent at any time, before the acknowledgement too, and its payload is free.
        return frame(type="ping", payload={"closing": {"code": code, "reason": reason}})

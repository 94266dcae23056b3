"""What a protocol of GraphQL over WebSocket has to say; all else of a connection is the same for each."""

from __future__ import annotations

from typing import Protocol

from lobby.http.graphql_ws.fields import Decoded
from lobby.http.graphql_ws.messages import MalformedMessage, Message, Payload
from lobby.operations.json_text import encode_json
from lobby.operations.result import ErrorEntry


class Dialect(Protocol):
    """One subprotocol: how its messages are read, and the frames of text it answers with."""

    @property
    def subprotocol(self) -> str: ...

    @property
    def replaces_duplicates(self) -> bool:
        """Whether a start under an id in use takes the place of what runs; else it closes the socket."""

    @property
    def keep_alive(self) -> str | None:
        """The frame to send from time to time, if there is one."""

    def read(self, message: Decoded) -> Message:
        """Raises `MalformedMessage`."""

    def malformed(self, error: MalformedMessage) -> str | None:
        """The answer to a malformed message, or None where it closes the socket."""

    def acknowledged(self) -> tuple[str, ...]: ...

    def pong(self, payload: Payload) -> str: ...

    def result_head(self, operation_id: str) -> str:
        """What stands before the JSON of a result in its frame; `RESULT_TAIL` stands behind it. Only the id
        differs between followers, so the JSON of an event can be made once for all of them."""

    def error(self, operation_id: str, entries: list[ErrorEntry]) -> str:
        """The end of an operation that never began."""

    def complete(self, operation_id: str) -> str: ...

    def stopped(self, operation_id: str) -> str | None:
        """The answer to a client's stop, if there is one."""

    def closing(self, code: int, reason: str) -> str | None:
        """A notice ahead of the close: NativeWebSocket, which Unity clients stand on, hides the codes from
        4000 on."""


RESULT_TAIL = "}"


def frame(**fields: object) -> str:
    return encode_json(fields).decode()


def frame_head(operation_id: str, kind: str) -> str:
    return f'{{"id":{encode_json(operation_id).decode()},"type":"{kind}","payload":'

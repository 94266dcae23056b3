"""What clients say, whichever protocol they say it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lobby.operations import OperationRequest

Payload = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Init:
    """The client asks for the connection, with credentials in the payload."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Start:
    """The client asks for an operation, under an id of its own."""

    id: str
    request: OperationRequest


@dataclass(frozen=True, slots=True)
class Stop:
    """The client wants no more of an operation."""

    id: str


@dataclass(frozen=True, slots=True)
class Ping:
    payload: Payload


@dataclass(frozen=True, slots=True)
class Pong:
    """An answer to our ping, or a sign of life."""


@dataclass(frozen=True, slots=True)
class Terminate:
    """The client asks us to close."""


Message = Init | Start | Stop | Ping | Pong | Terminate


class MalformedMessage(ValueError):
    """A message that the protocol does not know; of one operation alone where `operation_id` is there."""

    def __init__(self, message: str, operation_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.operation_id = operation_id

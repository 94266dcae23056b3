"""Going on where a client was cut off."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from starlette.types import Scope

from lobby.http.headers import header

LAST_EVENT_ID = b"last-event-id"


@runtime_checkable
class Resumable(Protocol):
    """A context whose streams can begin behind a position that an event gave as its id."""

    def resumed_after(self, position: str) -> object:
        """The same context, with that position in place of the one that the operation names."""


def resumed(context: object, scope: Scope) -> object:
    """The context for a request's stream. EventSource repeats its request as it was, and says in a header how far it came."""
    position = header(scope, LAST_EVENT_ID)
    return context.resumed_after(position) if position and isinstance(context, Resumable) else context

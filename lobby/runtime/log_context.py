"""The request that a log line belongs to, and its player."""

from __future__ import annotations

from contextvars import Context, ContextVar

_request: ContextVar[tuple[str, str | None]] = ContextVar("request")


def note_request(request_id: str, player_id: str | None) -> None:
    """All log lines of this task belong to a request from now on. `player_id` None: it has no player."""
    _request.set((request_id, player_id))


def current_request() -> tuple[str, str | None] | None:
    """The id of the request and of its player; None if a line belongs to no request."""
    return _request.get(None)


def no_request() -> Context:
    """For `asyncio.create_task`, if a task outlives the request that starts it and works for others, too."""
    return Context()

"""What the server says besides the events."""

from __future__ import annotations

from lobby.operations.json_text import encode_json


def error(code: str, message: str, **about: str | None) -> str:
    """A no. `about`: the input at fault, or the ids that were asked for."""
    return _frame(type="error", code=code, message=message, **about)


def unsubscribed(party_id: str, session_id: str | None) -> str:
    """Nothing more comes of this subscription."""
    return _frame(type="unsubscribed", party_id=party_id, session_id=session_id)


def closing(code: int, reason: str) -> str:
    """Ahead of the close: some clients hide its code."""
    return _frame(type="closing", code=code, reason=reason)


def _frame(**fields: object) -> str:
    return encode_json(fields).decode()

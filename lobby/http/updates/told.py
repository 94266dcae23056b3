"""What the server says besides the events."""

from __future__ import annotations

from lobby.http.updates.messages import Subscribe
from lobby.operations.errors import NOT_FOUND
from lobby.operations.json_text import encode_json


def error(code: str, message: str, **about: str | None) -> str:
    """A no. `about`: the input at fault, or the ids that were asked for."""
    return _frame(type="error", code=code, message=message, **about)


def not_found(asked: Subscribe) -> str:
    """The same for what is not there and for what the player may not know of."""
    what = "party" if asked.session_id is None else "session"
    return error(NOT_FOUND, f"There is no such {what}.", **about(asked))


def about(asked: Subscribe) -> dict[str, str | None]:
    """What a no is about: what was asked for, by the ids that it was asked by."""
    return {"party_id": asked.party_id, "session_id": asked.session_id}


def unsubscribed(party_id: str, session_id: str | None) -> str:
    """Nothing more comes of this subscription."""
    return _frame(type="unsubscribed", party_id=party_id, session_id=session_id)


def closing(code: int, reason: str) -> str:
    """Ahead of the close: some clients hide its code."""
    return _frame(type="closing", code=code, reason=reason)


def _frame(**fields: object) -> str:
    return encode_json(fields).decode()

"""Where a caller's credentials stand: the Authorization header, or what takes its place on a socket."""

from __future__ import annotations

from collections.abc import Callable

from lobby.auth.caller import Caller

Authenticate = Callable[[str | None], Caller]
"""Reads the value of an Authorization header, None for none. Synchronous, fast, and never raises: bad
credentials give a caller with a `refusal`."""

ContextOf = Callable[[Caller, str], object]
"""Builds the context of one operation from its caller and its request id."""


def authorization(value: str | None) -> str | None:
    """The value to authenticate by. Clients without a token send `Bearer ` with nothing after it: that is
    none."""
    if value is None or value.strip().lower() in ("", "bearer"):
        return None
    return value.strip()

"""Where a caller's credentials stand: the Authorization header, or what takes its place on a socket."""

from __future__ import annotations

from collections.abc import Callable

from lobby.auth.caller import Caller

Authenticate = Callable[[str | None], Caller]
"""Reads the value of an Authorization header, None for none. Synchronous, fast, and never raises: bad
credentials give a caller with a `refusal`. Where it takes a wait to tell, the caller has that too: see `settled`."""

ContextOf = Callable[[Caller, str, str], object]
"""Builds the context of one operation from its caller, its request id and the address that it came from."""


def authorization(value: str | None) -> str | None:
    """The value to authenticate by. Clients without a token send `Bearer ` with nothing after it: that is
    none."""
    if value is None or value.strip().lower() in ("", "bearer"):
        return None
    return value.strip()


async def settled(authenticate: Authenticate, given: str | None) -> Caller:
    """The caller; the key of an external issuer's token is waited for, where it has yet to be read.

    From here on `authenticate` answers the same token at once.
    """
    caller = authenticate(given)
    if caller.waits_for is None:
        return caller
    await caller.waits_for()
    return authenticate(given)

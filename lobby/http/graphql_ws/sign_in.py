"""Who a socket speaks for: told once, in connection_init or the handshake, and good until the token
expires."""

from __future__ import annotations

from dataclasses import replace

from lobby.auth.caller import Caller
from lobby.domain.values import Instant
from lobby.http.credentials import Authenticate, authorization, settled
from lobby.http.graphql_ws.messages import Payload
from lobby.http.sockets.closing import FORBIDDEN, Closing

_EXPIRED = "The access token has expired: connect anew with a fresh one."


async def sign_in(payload: Payload, handshake: str | None, authenticate: Authenticate) -> Caller:
    """The caller by connection_init's payload, else by the handshake's header, which browsers can't set.

    Without credentials that is a stranger; with bad ones the socket is closed (`Closing`, 4403).
    """
    caller = await settled(authenticate, _given(payload) or authorization(handshake))
    if caller.refusal is not None:
        raise Closing(FORBIDDEN, caller.refusal)
    return caller


def still(caller: Caller, now: Instant) -> Caller:
    """The caller as of now: once the token has expired, a stranger with a refusal. Running streams go on."""
    if caller.expires_at is None or now < caller.expires_at:
        return caller
    return replace(caller, player=None, refusal=_EXPIRED)


def _given(payload: Payload) -> str | None:
    for key in ("Authorization", "authorization"):
        value = (payload or {}).get(key)
        if not isinstance(value, str | None):
            raise Closing(FORBIDDEN, f"{key} must be a string.")
        given = authorization(value)
        if given is not None:
            # Clients often leave the scheme out here, where there is no header that would want one.
            return given if " " in given else f"Bearer {given}"
    return None

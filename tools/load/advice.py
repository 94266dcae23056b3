"""What to do about an error: most errors of a load test come from limits that are right for players and wrong for a load test."""

from __future__ import annotations

from collections.abc import Iterable

from tools.load.figures import RATE_LIMITED

TRY_AGAIN_LATER = "CLOSED_1013"
NOT_A_LOBBY = "NOT_JSON"
UNAUTHENTICATED = "UNAUTHENTICATED"
TIMEOUT = "TIMEOUT"

LIMITED = (
    "The server limits what one address may do, and all players of this program have one address. For a load test start the "
    "server with LOBBY_SHARED_ADDRESSES='[\"ADDRESS\"]', where ADDRESS is that of this machine as the server sees it (such as "
    "127.0.0.1), or with LOBBY_RATE_LIMITS=off."
)
"""Also for new guests: 60 a minute of an address, 3,840 of a shared one (docs/limits.md)."""
NO_GUESTS = "The players of a load test are guests: start the server with LOBBY_GUESTS=true."
_ADVICE = {
    RATE_LIMITED: LIMITED,
    TRY_AGAIN_LATER: "The server takes no more sockets of this address or player (close 1013). For a load test name the address "
    "of this machine in LOBBY_SHARED_ADDRESSES, or raise LOBBY_CONNECTIONS_PER_ADDRESS_MAX and LOBBY_CONNECTIONS_MAX.",
    NOT_A_LOBBY: "Something answered that is not the lobby: a proxy in front of it, or the server with a plain 503, at its limit "
    "of TCP connections (LOBBY_TCP_CONNECTIONS_PER_ADDRESS_MAX, LOBBY_TCP_CONNECTIONS_MAX).",
    TIMEOUT: "Some requests had no answer for 10 s: the server, or this program, has more work than it can do.",
}


def advice(codes: Iterable[str]) -> list[str]:
    """A sentence or two for each code that has one."""
    found = set(codes)
    return [text for code, text in _ADVICE.items() if code in found]

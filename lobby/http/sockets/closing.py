"""Why a socket is closed: the codes of graphql-transport-ws, and those of WebSocket itself (RFC 6455,
7.4)."""

from __future__ import annotations

NORMAL = 1000
MESSAGE_TOO_BIG = 1009
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013
"""Of the registry that RFC 6455 began (IANA, WebSocket Close Code Number): for one connection too many."""
MALFORMED_MESSAGE = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
SUBPROTOCOL_NOT_ACCEPTABLE = 4406
INIT_TIMEOUT = 4408
DUPLICATE_ID = 4409
TOO_MANY_INITS = 4429
INTERNAL_ERROR = 4500

REASON_BYTES_MAX = 123
"""What a close frame has room for: 125 bytes less the code (RFC 6455, 5.5)."""


class Closing(Exception):
    """The socket must be closed at once, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def fitting_reason(reason: str) -> str:
    """As much of the reason as a close frame holds, cut between characters."""
    return reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")

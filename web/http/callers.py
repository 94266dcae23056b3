"""The caller of a request or socket: from an Authorization header, or from what takes its place, to a context for the
resolvers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lobby.auth.caller import Caller, open_guest
from lobby.domain.model import Player
from lobby.domain.rejections import Rejection, invalid
from resolvers.context import Context

Authenticate = Callable[[str | None], Caller]
"""Finds the caller from the value of an Authorization header; None, or a value without a token, means no credentials.
Synchronous, fast, and never raises: invalid credentials give a caller with a `refusal`. If the key of an external issuer has to
be read first, the caller has a `key_refresh`: see `resolve_caller`."""

ContextOf = Callable[[Caller, str, str], object]
"""Builds the context of one operation from its caller, its request id and the client's address."""


def authorization(value: str | None) -> str | None:
    """The header's value, if it has credentials. Clients without a token send `Bearer ` with nothing behind it: None."""
    if value is None or value.strip().lower() in ("", "bearer"):
        return None
    return value.strip()


_KEYS = ("authorization", "authtoken", "token")
_FORM = 'Send credentials as {"Authorization": "Bearer <token>"}'
_names_credentials = re.compile("auth|token|jwt|bearer|credential|password|api.?key").search


def credentials_in_payload(payload: Mapping[str, object]) -> str | None:
    """The credentials in the payload of a socket's `connection_init`, as an Authorization header has them; None without any.

    Clients send them as `Authorization`, `authToken` or `token`, or as one of these in `headers`, as Hasura's clients do. The
    case of a key does not matter, and the scheme may be left out. Raises `ValueError`, with the right form in its message, for
    credentials in any other form: as a stranger, the player would only see that everything is refused.
    """
    unknown: str | None = None
    headers = next((value for key, value in payload.items() if key.lower() == "headers"), None) or {}
    if not isinstance(headers, Mapping):
        raise ValueError(f"headers must be an object. {_FORM}.")
    for key, value in (*payload.items(), *headers.items()):
        if not value or not _names_credentials(key.lower()):
            continue
        if key.lower() not in _KEYS:
            unknown = unknown or key
        elif not isinstance(value, str):
            raise ValueError(f"{key[:30]} must be a string.")
        elif (given := authorization(value)) is not None:
            return given if " " in given else f"Bearer {given}"
    if unknown is not None:
        raise ValueError(f"{unknown[:30]!r} is not read. {_FORM}.")
    return None


REFRESHES_MAX = 2
"""First the key of the token, then the player of its account."""


async def resolve_caller(authenticate: Authenticate, credentials: str | None) -> Caller:
    """The caller. If the token is of an external issuer, and its key is not known yet or the player of its account, wait until
    they have been read.

    From then on `authenticate` gives the caller of the same token at once.
    """
    caller = authenticate(credentials)
    for _ in range(REFRESHES_MAX):
        if caller.key_refresh is None:
            break
        await caller.key_refresh()
        caller = authenticate(credentials)
    return caller


class RejectedCommand(Exception):
    """A command's Rejection, on its way to the caller. `context`: of the caller, if it is known; it decides what the
    error may show of the party."""

    def __init__(self, rejection: Rejection, context: Context | None = None) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection
        self.viewer = context.viewer if context is not None else None


class CallerResolver:
    """Contexts for REST and /updates. Players are identified by their token. On an open server, a caller without a token
    is a guest under the `player_id` that it sends.

    In all methods `authorization_header` is the value of that header, and `address` the client's.
    """

    def __init__(
        self, authenticate: Authenticate, context_of: Callable[[Caller, str, str], Context], is_open: bool = False
    ) -> None:
        """`context_of` also counts as a sign of life of the player."""
        self._authenticate = authenticate
        self._context_of = context_of
        self.is_open = is_open

    async def wait_for_issuer(self, authorization_header: str | None) -> None:
        """Return when the other methods can identify the sender of this header without a wait."""
        await resolve_caller(self._authenticate, authorization_header)

    def caller_context(self, authorization_header: str | None, request_id: str, address: str) -> Context:
        """The context of any caller. Invalid credentials give an anonymous one."""
        return self._context_of(self._authenticate(authorization_header), request_id, address)

    def player_context(
        self, authorization_header: str | None, player_id: str | None, request_id: str, address: str
    ) -> Context:
        """The context of a player. Raises `CallerError` (UNAUTHENTICATED), or `RejectedCommand` for an invalid `player_id`."""
        if not self.accepts_without_token(authorization_header):
            context = self.caller_context(authorization_header, request_id, address)
            player = context.player()
            if player_id not in (None, player.id):
                raise RejectedCommand(
                    invalid("player_id", "You are signed in as another player; leave it out."), context
                )
            return context
        if player_id is None:
            raise RejectedCommand(invalid("player_id", "Say who you are."))
        guest = open_guest("player_id", player_id)
        if isinstance(guest, Rejection):
            raise RejectedCommand(guest)
        return self.guest_context(guest, request_id, address)

    def accepts_without_token(self, authorization_header: str | None) -> bool:
        """True if open REST is on and no credentials were sent. Invalid credentials do not count as absent."""
        return self.is_open and authorization(authorization_header) is None

    def guest_context(self, player: Player, request_id: str, address: str) -> Context:
        """The context of a guest of an open server."""
        return self._context_of(Caller(player), request_id, address)

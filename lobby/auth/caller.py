"""The caller of a request: what its credentials say, before any rule applies.

Open guests are players without credentials, who choose their own id. Only a server with LOBBY_OPEN_REST accepts them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lobby.domain import text
from lobby.domain.model import Player
from lobby.domain.rejections import Rejection, invalid
from lobby.domain.values import Instant, PlayerId


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in player, a game server, an operator, or a stranger, who has none of the fields."""

    player: Player | None = None
    expires_at: Instant | None = None
    """When the player's access token expires."""
    is_service: bool = False
    """True if the caller is a game server, or another service with a service key."""
    is_operator: bool = False
    operator_name: str | None = None
    """The name of the key of this operator or moderator, as the log of moderation shows it."""
    is_external: bool = False
    """True if the token is of an external issuer."""
    moderator: str | None = None
    """The name of the key of a moderator. A moderator may do all that an operator may."""
    refusal: str | None = None
    """The reason why the credentials were refused, for the client; None for valid credentials, and without credentials."""
    key_refresh: Callable[[], Awaitable[None]] | None = None
    """Set if the key that signed the token, or the player of its account, is not known yet: await this, then authenticate once
    more. It never raises, and is bounded in time."""


ID_CHARS_MAX = 64
_MARK = "open:"
"""The prefix of such an id inside the server. Players with credentials have UUIDs, so no chosen id can equal one of theirs."""


def open_guest(field: str, player_id: str) -> Player | Rejection:
    """The guest with the chosen id `player_id`, of 1 to 64 characters; a Rejection that names `field` if it is not valid."""
    normalized = text.normalize_line(field, player_id, ID_CHARS_MAX)
    if isinstance(normalized, Rejection):
        return normalized
    if normalized != player_id:
        return invalid(field, "Must be in Unicode NFC, with no space at either end.")
    return Player(_MARK + player_id, _display_name(player_id))


def is_open_guest(player_id: PlayerId) -> bool:
    return player_id.startswith(_MARK)


def public_id(player_id: PlayerId) -> str:
    """The id of a player as clients see it: an open guest has the id that it chose."""
    return player_id.removeprefix(_MARK)


def _display_name(player_id: str) -> str:
    """The beginning of the id, as long as a name may be; "Guest" if nothing of it can be displayed."""
    name = text.normalize_line("player_id", player_id[: text.DISPLAY_NAME_CHARS_MAX], text.DISPLAY_NAME_CHARS_MAX)
    return name if isinstance(name, str) else "Guest"

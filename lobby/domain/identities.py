"""Players, and their identities: accounts elsewhere, such as at Discord or at an external issuer, by which they sign in."""

from __future__ import annotations

from lobby.domain.values import Instant, PlayerId
from lobby.struct import Struct

PROVIDER_CHARS_MAX = 255
SUBJECT_CHARS_MAX = 255
"""OpenID Connect Core 1.0, section 2. The ids of Discord have 20 digits at most."""


class Player(Struct):
    """An authenticated player. `display_name` has 1 to 32 characters and is normalized by `text.normalize_line`."""

    id: PlayerId
    display_name: str


def unnamed(player_id: PlayerId) -> Player:
    """A player whose name the server does not know, as others read it: "Player" and the last four characters of the id."""
    return Player(player_id, f"Player {player_id[-4:]}")


class Identity(Struct):
    """An account elsewhere that is this player. A pair of provider and subject belongs to the same player for ever."""

    provider: str
    """The name of the provider, as in `ServerInfo.signInProviders`."""
    subject: str
    """The id of the account at the provider."""
    player_id: PlayerId
    linked_at: Instant
    display_name: str | None = None
    """The name that the player had when the account was linked. None: the player has the name that the provider gives."""

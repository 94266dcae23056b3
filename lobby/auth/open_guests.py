"""Guests by the id that they give themselves, on a server that lets in callers without credentials."""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.model import Player
from lobby.domain.rejections import Rejection, invalid
from lobby.domain.values import PlayerId

ID_CHARS_MAX = 64
_MARK = "open:"
"""In front of such an id, inside. The ids of players with credentials are UUIDs, so no chosen id can be one of theirs."""


def open_guest(field: str, player_id: str) -> Player | Rejection:
    """The guest who calls itself `player_id`: 1 to 64 characters, taken as they are; `field` is what to find fault with."""
    kept = text.line(field, player_id, ID_CHARS_MAX)
    if isinstance(kept, Rejection):
        return kept
    if kept != player_id:
        return invalid(field, "Must be in Unicode NFC, with no space at either end.")
    return Player(_MARK + player_id, _display_name(player_id))


def is_open_guest(player_id: PlayerId) -> bool:
    return player_id.startswith(_MARK)


def as_given(player_id: PlayerId) -> str:
    """The id by which a player goes outside: of an open guest, the one that it gave."""
    return player_id.removeprefix(_MARK)


def _display_name(player_id: str) -> str:
    """As much of the id as a name holds; where that is nothing to see, a name for all such."""
    name = text.line("player_id", player_id[: text.DISPLAY_NAME_CHARS_MAX], text.DISPLAY_NAME_CHARS_MAX)
    return name if isinstance(name, str) else "Guest"

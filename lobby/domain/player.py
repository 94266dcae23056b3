"""An authenticated player, as the values of parties and searches have it."""

from __future__ import annotations

from lobby.domain.values import PlayerId
from lobby.struct import Struct


class Player(Struct):
    """An authenticated player. `display_name` has 1 to 32 characters and is normalized by `text.normalize_line`."""

    id: PlayerId
    display_name: str

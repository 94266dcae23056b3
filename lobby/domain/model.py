"""A party and all that belongs to it, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from lobby.domain.values import PlayerId


@dataclass(frozen=True, slots=True)
class Player:
    """An authenticated principal; `display_name` is 1 to 32 characters, trimmed, NFC."""

    id: PlayerId
    display_name: str

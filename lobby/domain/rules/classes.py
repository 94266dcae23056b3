"""Choosing a dungeon class."""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.bounds import Bounds
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.values import PlayerId


def chosen_class(wish: str | None, bounds: Bounds) -> str | Rejection | None:
    """The class as it is kept; None for no wish and for the empty string."""
    if not wish:
        return None
    name = text.line("character_class", wish, text.CLASS_CHARS_MAX)
    if isinstance(name, str) and bounds.character_classes and name not in bounds.character_classes:
        return invalid("character_class", f"Must be one of {', '.join(bounds.character_classes)}.")
    return name


def class_refusal(party: Party, name: str | None, player_id: PlayerId) -> Rejection | None:
    """None when `player_id` may have the class `name` in `party`."""
    if name is None or not party.settings.unique_classes:
        return None
    if any(m.character_class == name and m.player.id != player_id for m in party.members):
        return Rejection(
            RejectionCode.CLASS_TAKEN,
            "Another member has this class.",
            field="character_class",
            retryable=True,
            current=party,
        )
    return None

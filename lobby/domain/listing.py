"""The public list: which parties are on it, and what a player may look for."""

from __future__ import annotations

import unicodedata
from enum import Enum

from lobby.domain.model import Party
from lobby.domain.values import GameType, PartyId, PartyState, SessionStatus, Visibility
from lobby.value import Value


class PartySort(Enum):
    NEWEST = "NEWEST"
    FULLEST = "FULLEST"
    """Most members first; among equals the oldest first."""
    EMPTIEST = "EMPTIEST"
    """Fewest members first; among equals the oldest first."""


class PartyFilter(Value):
    """None: whatever it is."""

    game_type: GameType | None = None
    difficulty: str | None = None
    state: PartyState | None = None
    has_password: bool | None = None
    min_free_seats: int | None = None
    allow_late_join: bool | None = None
    name_contains: str | None = None
    """Anywhere in the name, whatever the case."""
    attributes: tuple[tuple[str, str | None], ...] = ()
    """Every one must be there with this value; None: must not be there."""


class SessionFilter(Value):
    """None: whatever it is; but without a status only active sessions (WAITING, IN_PROGRESS) are meant."""

    status: SessionStatus | None = None
    game_type: GameType | None = None
    party_id: PartyId | None = None


def is_listed(party: Party) -> bool:
    """Public, open to join, with a free seat, and somebody there."""
    settings = party.settings
    is_open = party.state is PartyState.WAITING or (party.state is PartyState.IN_PROGRESS and settings.allow_late_join)
    return (
        is_open
        and settings.visibility is Visibility.PUBLIC
        and not settings.locked
        and party.free_seats > 0
        and party.has_connected_member
    )


def matches(party: Party, wanted: PartyFilter) -> bool:
    """Whether a listed party is among those looked for."""
    settings = party.settings
    attributes = {attribute.key: attribute.value for attribute in party.attributes}
    return (
        wanted.game_type in (None, settings.game_type)
        and wanted.difficulty in (None, settings.difficulty)
        and wanted.state in (None, party.state)
        and wanted.has_password in (None, settings.password_hash is not None)
        and (wanted.min_free_seats is None or party.free_seats >= wanted.min_free_seats)
        and wanted.allow_late_join in (None, settings.allow_late_join)
        and (wanted.name_contains is None or folded(wanted.name_contains) in folded(settings.name))
        and all(attributes.get(key) == value for key, value in wanted.attributes)
    )


def folded(text: str) -> str:
    """`text` as it is compared whatever the case; names are kept in NFC, what is looked for may not be."""
    return unicodedata.normalize("NFC", text).casefold()

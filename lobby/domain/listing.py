"""The public list of parties: which parties are on it, and how a player filters and sorts it."""

from __future__ import annotations

from enum import Enum

from lobby.domain.model import Party
from lobby.domain.text import search_key
from lobby.domain.values import GameType, PartyId, PartyState, SessionStatus, Visibility
from lobby.struct import Struct

_WAITING, _PUBLIC = PartyState.WAITING, Visibility.PUBLIC
"""These names are read in a fifth of the time, see `model.py`. Every commit asks whether its party is listed."""


class PartySort(Enum):
    """The order of the list."""

    NEWEST = "NEWEST"
    FULLEST = "FULLEST"
    """Most members first; of parties with as many members, the oldest first."""
    EMPTIEST = "EMPTIEST"
    """Fewest members first; of parties with as many members, the oldest first."""


class PartyFilter(Struct):
    """A filter of the list of parties. None in a field: any value."""

    game_type: GameType | None = None
    difficulty: str | None = None
    state: PartyState | None = None
    has_password: bool | None = None
    min_free_seats: int | None = None
    allow_late_join: bool | None = None
    name_contains: str | None = None
    """A part of the name, in any case."""
    client_version: str | None = None
    """Parties that need this version of the game, or none. The empty string: only parties that need none."""
    region: str | None = None
    """Parties of this region, see `Party.region`."""
    attributes: tuple[tuple[str, str | None], ...] = ()
    """Pairs of key and value that the party must have; with None, the party must not have the key."""


class SessionFilter(Struct):
    """A filter of the list of sessions. None in a field: any value, but without a status only active sessions (WAITING,
    IN_PROGRESS) match."""

    status: SessionStatus | None = None
    game_type: GameType | None = None
    party_id: PartyId | None = None


def is_listed(party: Party) -> bool:
    """True if `party` is on the public list: public, open to join, with a free seat and a connected member. A party
    that searches for other parties is not."""
    settings = party.settings
    is_open = party.state is _WAITING or (party.state is PartyState.IN_PROGRESS and settings.allow_late_join)
    return (
        is_open
        and settings.visibility is _PUBLIC
        and not settings.locked
        and party.free_seats > 0
        and party.has_connected_member
        and party.live_search is None
    )


def has_public_sessions(party: Party) -> bool:
    """True if the sessions of `party` are on the list of sessions for everybody: the party is public and not closed."""
    return party.settings.visibility is Visibility.PUBLIC and not party.is_closed


def matches(party: Party, wanted: PartyFilter) -> bool:
    """True if a listed party passes the filter."""
    settings = party.settings
    return (
        wanted.game_type in (None, settings.game_type)
        and wanted.difficulty in (None, settings.difficulty)
        and wanted.state in (None, party.state)
        and wanted.has_password in (None, settings.password_hash is not None)
        and (wanted.min_free_seats is None or party.free_seats >= wanted.min_free_seats)
        and wanted.allow_late_join in (None, settings.allow_late_join)
        and (wanted.client_version is None or settings.client_version in (None, wanted.client_version))
        and wanted.region in (None, party.region)
        and (wanted.name_contains is None or search_key(wanted.name_contains) in search_key(settings.name))
        and (not wanted.attributes or _has_attributes(party, wanted.attributes))
    )


def _has_attributes(party: Party, wanted: tuple[tuple[str, str | None], ...]) -> bool:
    attributes = {attribute.key: attribute.value for attribute in party.attributes}
    return all(attributes.get(key) == value for key, value in wanted)

"""Changes of the public list: what a follower receives of a party, given what it has received before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from lobby.domain.model import Party
from lobby.domain.values import Instant, PartyId

PartyVersion = tuple[int, Instant]
"""Version of a party and the time of its last change. A store that has lost commits may have others of the same versions."""

CHANGES_AT_ONCE = 16
"""Changes that are pushed together. Between two such pieces it is seen whether the client still reads."""

Batch = Sequence[tuple[PartyId, Party | None]]
"""Parties that may have changed. None: the store has no such party, because it has lost it."""


class LobbyChange(Enum):
    LISTED = "LISTED"
    UPDATED = "UPDATED"
    DELISTED = "DELISTED"


@dataclass(frozen=True, slots=True)
class ListingChange:
    """A change of the list. `party`: the party now; None if it was DELISTED."""

    change: LobbyChange
    at: Instant
    party_id: PartyId
    party: Party | None


def version_of(party: Party) -> PartyVersion:
    return party.version, party.changed_at


def is_outdated(read: Party | None, sent: PartyVersion | None) -> bool:
    """True if a follower has received another version of the party than `read`, and not an earlier one.

    Either `read` was read before that version was written, or the store has lost it. Only another read shows which of the two.
    """
    return sent is not None and (read is None or (read.version <= sent[0] and version_of(read) != sent))


class ChangedParty:
    """A party that has changed at the time `at`, with its three possible changes: the same objects for all followers."""

    __slots__ = ("_at", "_changes", "id", "party", "version")

    def __init__(self, party_id: PartyId, party: Party | None, at: Instant) -> None:
        self.id = party_id
        self.party = party
        self.version = version_of(party) if party is not None else None
        self._at = at
        self._changes: dict[LobbyChange, ListingChange] = {}

    def change(self, change: LobbyChange) -> ListingChange:
        made = self._changes.get(change)
        if made is None:
            party = self.party if change is not LobbyChange.DELISTED else None
            made = self._changes[change] = ListingChange(change, self._at, self.id, party)
        return made

    def change_for(self, sent: PartyVersion | None, matches: bool) -> LobbyChange | None:
        """The change for a follower that has received the version `sent` (None: it does not have the party in its list)."""
        if matches:
            if self.version == sent:
                return None
            return LobbyChange.LISTED if sent is None else LobbyChange.UPDATED
        return LobbyChange.DELISTED if sent is not None and self.version != sent else None


@dataclass(frozen=True, slots=True)
class Update:
    """Changes that a follower receives together, and what they do to its list."""

    changes: tuple[ListingChange, ...]
    listed: dict[PartyId, PartyVersion]
    delisted: tuple[PartyId, ...]

    def apply_to(self, sent: dict[PartyId, PartyVersion]) -> None:
        sent.update(self.listed)
        for party_id in self.delisted:
            del sent[party_id]


class Offer:
    """Changed parties for the followers of one filter. Followers that have received the same before share their updates."""

    __slots__ = ("_parties", "_updates", "at")

    def __init__(self, at: Instant) -> None:
        self.at = at
        """When it was made."""
        self._parties: list[tuple[ChangedParty, bool]] = []
        """Each with True if it matches the filter."""
        self._updates: dict[tuple[LobbyChange | None, ...], list[Update]] = {}

    def add(self, party: ChangedParty, matches: bool) -> None:
        self._parties.append((party, matches))

    def batch(self) -> Batch:
        return [(each.id, each.party) for each, _ in self._parties]

    def is_of(self, batch: Batch) -> bool:
        """True if it has just these parties, in the same states."""
        return len(batch) == len(self._parties) and all(
            each.id == party_id and each.party is party
            for (each, _), (party_id, party) in zip(self._parties, batch, strict=True)
        )

    def updates_for(self, sent: dict[PartyId, PartyVersion]) -> list[Update] | None:
        """The updates for a follower that has received `sent`; None if it has to read one of the parties again."""
        kinds = []
        for each, matches in self._parties:
            known = sent.get(each.id)
            if known is not None and is_outdated(each.party, known):
                return None
            kinds.append(each.change_for(known, matches))
        key = tuple(kinds)
        updates = self._updates.get(key)
        if updates is None:
            changed = [(each, kind) for (each, _), kind in zip(self._parties, kinds, strict=True) if kind is not None]
            starts = range(0, len(changed), CHANGES_AT_ONCE)
            updates = self._updates[key] = [_update(changed[start : start + CHANGES_AT_ONCE]) for start in starts]
        return updates


def _update(changed: list[tuple[ChangedParty, LobbyChange]]) -> Update:
    kept = [each for each, kind in changed if kind is not LobbyChange.DELISTED]
    return Update(
        tuple(each.change(kind) for each, kind in changed),
        {each.id: each.version for each in kept if each.version is not None},
        tuple(each.id for each, kind in changed if kind is LobbyChange.DELISTED),
    )

"""What is asked of a store, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lobby.domain.listing import PartyFilter, PartySort, SessionFilter
from lobby.domain.values import PartyId

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PartyQuery:
    """One page of the public list. `first`: at least 1. `after`: a cursor of `Page.cursors`, of the same sort."""

    wanted: PartyFilter = field(default_factory=PartyFilter)
    sort: PartySort = PartySort.NEWEST
    first: int = 20
    after: str | None = None


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """One page of sessions, newest first: those of public parties, and those of the party `member_of` besides.

    `private_too`: all, whoever's they are. For operators, and the server's own use.
    """

    wanted: SessionFilter = field(default_factory=SessionFilter)
    member_of: PartyId | None = None
    first: int = 20
    after: str | None = None
    private_too: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """`cursors[i]` leads to what comes after `items[i]`; `total` counts all that match, on every page."""

    items: tuple[Item, ...]
    cursors: tuple[str, ...]
    has_next: bool
    total: int


@dataclass(frozen=True, slots=True)
class Census:
    """How much a store holds; all nodes over one store find the same."""

    parties: int
    """Live ones."""
    sessions: int
    """Active ones."""

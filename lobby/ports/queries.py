"""What is asked of a store, and what comes back."""

from __future__ import annotations

from typing import Generic, TypeVar

from lobby.domain.listing import PartyFilter, PartySort, SessionFilter
from lobby.domain.values import PartyId
from lobby.value import Value

Item = TypeVar("Item")


class PartyQuery(Value):
    """One page of the public list. `first`: at least 1. `after`: a cursor of `Page.cursors`, of the same sort."""

    wanted: PartyFilter = PartyFilter()
    sort: PartySort = PartySort.NEWEST
    first: int = 20
    after: str | None = None


class SessionQuery(Value):
    """One page of sessions, newest first: those of public parties, and those of the party `member_of` besides.

    `private_too`: all, whoever's they are. For operators, and the server's own use.
    """

    wanted: SessionFilter = SessionFilter()
    member_of: PartyId | None = None
    first: int = 20
    after: str | None = None
    private_too: bool = False


class Page(Value, Generic[Item]):
    """`cursors[i]` leads to what comes after `items[i]`; `total` counts all that match, on every page."""

    items: tuple[Item, ...]
    cursors: tuple[str, ...]
    has_next: bool
    total: int


class Census(Value):
    """How much a store holds; all nodes over one store find the same."""

    parties: int
    """Live ones."""
    sessions: int
    """Active ones."""

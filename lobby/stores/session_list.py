"""The index of the list of sessions: active ones, and ended ones that are still kept."""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap

from lobby.domain.model import Session
from lobby.domain.values import GameType, PartyId, SessionStatus
from lobby.ports import SessionQuery
from lobby.stores.facet_index import SERIAL_MAX, Facet, FacetIndex, PageCursor, descending

_ACTIVE = (SessionStatus.WAITING, SessionStatus.IN_PROGRESS)
_PUBLIC: Facet = ("public", True)


@dataclass(frozen=True, slots=True)
class SessionFacets:
    """The fields of a session that the list uses. The session itself may be on the disk."""

    party_id: PartyId
    status: SessionStatus
    game_type: GameType

    @classmethod
    def of(cls, session: Session) -> SessionFacets:
        return cls(session.party_id, session.status, session.game_type)


@dataclass(frozen=True, slots=True)
class SerialPage:
    """A page of serials. The caller looks up the sessions."""

    serials: tuple[int, ...]
    has_next: bool
    total: int


class SessionList:
    """Sorts by serial, which rises in the order of creation."""

    def __init__(self) -> None:
        self._index = FacetIndex()

    def add(self, serial: int, facets: SessionFacets, is_public: bool) -> None:
        self._index.add(serial, _facets(facets))
        if is_public:
            self._index.add(serial, (_PUBLIC,))

    def move(self, serial: int, old: SessionFacets, new: SessionFacets) -> None:
        if old != new:
            self._index.drop(serial, _facets(old))
            self._index.add(serial, _facets(new))

    def remove(self, serial: int, facets: SessionFacets) -> None:
        self._index.remove(serial, (*_facets(facets), _PUBLIC))

    def set_public(self, party_id: PartyId, is_public: bool) -> None:
        """Show or hide all sessions of a party, as its visibility has changed."""
        for serial in self._index.having(("party", party_id)):
            if is_public:
                self._index.add(serial, (_PUBLIC,))
            else:
                self._index.drop(serial, (_PUBLIC,))

    def page(self, query: SessionQuery) -> SerialPage:
        """Newest first. Raises `BadPageCursor`."""
        before = PageCursor.read(query.after, "s").serial if query.after is not None else SERIAL_MAX
        matched = self._matched(query)
        found = descending(matched, before, query.first + 1)
        return SerialPage(tuple(found[: query.first]), len(found) > query.first, len(matched))

    def _matched(self, query: SessionQuery) -> BitMap:
        wanted = query.wanted
        wanted_facets: list[Facet] = [("game type", wanted.game_type), ("party", wanted.party_id)]
        found = self._index.select((name, value) for name, value in wanted_facets if value is not None)
        if not query.include_private:
            found = found & self._visible(query.member_of)
        statuses = _ACTIVE if wanted.status is None else (wanted.status,)
        return BitMap.union(*(found & self._index.having(("status", status)) for status in statuses))

    def _visible(self, member_of: PartyId | None) -> BitMap:
        public = self._index.having(_PUBLIC)
        return public if member_of is None else public | self._index.having(("party", member_of))


def session_cursor(serial: int) -> str:
    return str(PageCursor("s", 0, serial))


def _facets(facets: SessionFacets) -> tuple[Facet, ...]:
    return (("party", facets.party_id), ("status", facets.status), ("game type", facets.game_type))

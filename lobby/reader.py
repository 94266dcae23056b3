"""What can be asked without changing anything. Everything read here is durable, and shown to those alone who may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lobby.domain.cursor import Cursor
from lobby.domain.events import Entry
from lobby.domain.listing import SessionFilter
from lobby.domain.model import Party, Session
from lobby.domain.standing import OPERATORS, Standing, can_see, standing
from lobby.domain.values import PartyId, PlayerId, SessionId, Visibility
from lobby.ports import LogTrimmed, Page, PartyQuery, SessionQuery, Store


class BadCursor(Exception):
    """A cursor of another log, or of none."""


@dataclass(frozen=True, slots=True)
class SeenSession:
    """A session with the party that it belongs to."""

    session: Session
    party: Party


class Reader:
    """The queries. `viewer`: the id of who asks, None for a stranger."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def party(self, party_id: PartyId, viewer: PlayerId | None) -> Party | None:
        party = await self._store.party(party_id)
        return party if party is not None and can_see(party, viewer) else None

    async def party_of(self, player_id: PlayerId) -> Party | None:
        """The party that the player is in."""
        seat = await self._store.seat_of(player_id)
        party = await self._store.party(seat) if seat is not None else None
        return party if party is not None and party.member(player_id) is not None else None

    async def parties(self, query: PartyQuery) -> Page[Party]:
        """A page of the public list. Raises `BadPageCursor`."""
        return await self._store.parties(query)

    async def session(self, session_id: SessionId, viewer: PlayerId | None) -> SeenSession | None:
        session = await self._store.session(session_id)
        party = await self._store.party(session.party_id) if session is not None else None
        if session is None or party is None or not _sees_sessions(party, viewer):
            return None
        return SeenSession(session, party)

    async def party_of_session(self, session_id: SessionId) -> PartyId | None:
        """Which party it belongs to. Who may follow that one is for the hub to say: it knows former members too."""
        session = await self._store.session(session_id)
        return session.party_id if session is not None else None

    async def sessions(
        self, wanted: SessionFilter, first: int, after: str | None, viewer: PlayerId | None
    ) -> Page[SeenSession]:
        """A page of sessions that `viewer` may see. Raises `BadPageCursor`."""
        member_of = await self._store.seat_of(viewer) if viewer is not None else None
        page = await self._store.sessions(
            SessionQuery(wanted, member_of, first, after, private_too=viewer == OPERATORS)
        )
        seen = [await self._with_party(session) for session in page.items]
        kept = [(one, cursor) for one, cursor in zip(seen, page.cursors, strict=True) if one is not None]
        return Page(tuple(one for one, _ in kept), tuple(c for _, c in kept), page.has_next, page.total)

    async def history(
        self, party_id: PartyId, viewer: PlayerId, after: str | None, first: int
    ) -> Sequence[Entry] | None:
        """Entries behind the cursor `after`, or from the oldest kept; None where `viewer` is not a member. Raises `BadCursor`."""
        party = await self._store.party(party_id)
        if party is None or standing(party, viewer) is Standing.STRANGER:
            return None
        seq = 0
        if after is not None:
            cursor = Cursor.read(after)
            if cursor is None or cursor.epoch != party.epoch:
                raise BadCursor
            seq = cursor.seq
        try:
            return await self._store.entries(party_id, seq, first)
        except LogTrimmed:
            return await self._store.entries(party_id, await self._store.oldest_seq(party_id) - 1, first)

    async def _with_party(self, session: Session) -> SeenSession | None:
        party = await self._store.party(session.party_id)
        return SeenSession(session, party) if party is not None else None


def _sees_sessions(party: Party, viewer: PlayerId | None) -> bool:
    """The sessions of a public party are for all to see, also once it is closed."""
    return party.settings.visibility is Visibility.PUBLIC or standing(party, viewer) is not Standing.STRANGER

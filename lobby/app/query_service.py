"""Queries: what can be read without changing anything. All of it is durable, and each caller only gets what it may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from lobby.auth.tickets import LogDigest
from lobby.domain.cursor import Cursor
from lobby.domain.events import Entry
from lobby.domain.invites import without_secrets
from lobby.domain.listing import SessionFilter
from lobby.domain.model import Party, Session
from lobby.domain.values import PartyId, PlayerId, SessionId, Visibility
from lobby.domain.viewer_access import OPERATORS, AccessLevel, access_level, can_see
from lobby.ports import LogTrimmed, Page, PartyQuery, SessionQuery, Store
from lobby.runtime.lru_cache import LRUCache

DIGEST_ENTRIES_MAX = 2_000
"""Entries of one digest. Of a longer session the first ones are left out, so that a receipt costs a bounded time to make."""
DIGEST_PAGE_ENTRIES = 500
LOG_DIGESTS_MAX = 1_024
"""Digests of ended sessions that are kept, because the players of a session ask for its receipt at about the same time."""


_encoder = msgspec.json.Encoder()


class BadCursor(Exception):
    """The text is no cursor, or a cursor of another party's log."""


@dataclass(frozen=True, slots=True)
class SessionOfParty:
    """A session with the party that it belongs to."""

    session: Session
    party: Party


class QueryService:
    """The queries. `viewer`: the id of the player who reads, None for a stranger. All may raise `Unavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._log_digests: LRUCache[SessionId, LogDigest] = LRUCache(LOG_DIGESTS_MAX)

    async def party(self, party_id: PartyId, viewer: PlayerId | None) -> Party | None:
        """The party; None if it does not exist or `viewer` may not see it."""
        party = await self._store.party(party_id)
        if party is None or can_see(party, viewer):
            return party
        await self._store.read_as_missing(party_id)
        return None

    async def party_of(self, player_id: PlayerId) -> Party | None:
        """The party that the player is a member of."""
        party_id = await self._store.party_of_player(player_id)
        party = await self._store.party(party_id) if party_id is not None else None
        return party if party is not None and party.member(player_id) is not None else None

    async def parties(self, query: PartyQuery) -> Page[Party]:
        """A page of the public list. Raises `BadPageCursor`."""
        return await self._store.parties(query)

    async def session(self, session_id: SessionId, viewer: PlayerId | None) -> SessionOfParty | None:
        """The session; None if it does not exist or `viewer` may not see it."""
        session = await self._store.session(session_id)
        party = await self._store.party(session.party_id) if session is not None else None
        if session is None or party is None:
            return None
        if _can_see_sessions(party, viewer):
            return SessionOfParty(session, party)
        left = await self._party_at_departure(session, party, viewer)
        if left is not None:
            return SessionOfParty(session, left)
        if session.ended_at is None:
            await self._store.read_as_missing(party.id)
        return None

    async def _party_at_departure(self, session: Session, party: Party, viewer: PlayerId | None) -> Party | None:
        """The party as it was when `viewer` left it, for a player who was in a session that has ended: the player may have the
        receipt of that session, but sees nothing that came later in a private party. None for all others."""
        if viewer is None or session.ended_at is None or session.seat(viewer) is None:
            return None
        departure = party.departure(viewer)
        return await self._store.party_at(party.id, departure.seq) if departure is not None else None

    async def log_digest(self, session: Session) -> LogDigest | None:
        """The digest of the entries of a session that has ended; see `read_log_digest`."""
        digest = self._log_digests.get(session.id)
        if digest is None:
            digest = await read_log_digest(self._store, session)
            if digest is not None:
                self._log_digests.put(session.id, digest)
        return digest

    async def party_of_session(self, session_id: SessionId) -> PartyId | None:
        """The party that the session belongs to. The hub checks if the player may follow that party,
        because it also knows former members."""
        session = await self._store.session(session_id)
        return session.party_id if session is not None else None

    async def sessions(
        self, wanted: SessionFilter, first: int, after: str | None, viewer: PlayerId | None
    ) -> Page[SessionOfParty]:
        """A page of the sessions that `viewer` may see. Raises `BadPageCursor`."""
        member_of = await self._store.party_of_player(viewer) if viewer is not None else None
        page = await self._store.sessions(
            SessionQuery(wanted, member_of, first, after, include_private=viewer == OPERATORS)
        )
        with_party = [await self._with_party(session, viewer) for session in page.items]
        kept = [(item, cursor) for item, cursor in zip(with_party, page.cursors, strict=True) if item is not None]
        return Page(tuple(item for item, _ in kept), tuple(cursor for _, cursor in kept), page.has_next, page.total)

    async def history(
        self, party_id: PartyId, viewer: PlayerId, after: str | None, first: int
    ) -> Sequence[Entry] | None:
        """Entries after the cursor `after`, or from the oldest one that is kept; None unless `viewer` is or was a member.

        A player reads the entries since their first join: earlier messages were not meant for this player. Raises `BadCursor`.
        """
        party = await self._store.party(party_id)
        if party is None:
            return None
        if access_level(party, viewer) < AccessLevel.FORMER:
            await self._store.read_as_missing(party_id)
            return None
        first_seq = party.first_seq_of(viewer) or 1
        seq = 0
        if after is not None:
            cursor = Cursor.parse(after)
            if cursor is None or cursor.epoch != party.epoch:
                raise BadCursor
            seq = cursor.seq
            seen = await self._store.party_at(party_id, seq) if cursor.at is not None else None
            if seen is not None and not cursor.could_follow(seen):
                raise BadCursor  # of an entry that the store has lost
        seq = max(seq, first_seq - 1)
        try:
            return await self._store.entries(party_id, seq, first)
        except LogTrimmed:
            return await self._store.entries(
                party_id, max(first_seq, await self._store.oldest_seq(party_id)) - 1, first
            )

    async def _with_party(self, session: Session, viewer: PlayerId | None) -> SessionOfParty | None:
        """None if `viewer` may not see the party: it has closed, or become private, since the page was made."""
        party = await self._store.party(session.party_id)
        return SessionOfParty(session, party) if party is not None and can_see(party, viewer) else None


def _can_see_sessions(party: Party, viewer: PlayerId | None) -> bool:
    """Everybody sees the sessions of a public party, also after it has closed."""
    return party.settings.visibility is Visibility.PUBLIC or access_level(party, viewer) is not AccessLevel.STRANGER


async def read_log_digest(store: Store, session: Session) -> LogDigest | None:
    """The digest of a session that has ended, from its countdown to its end. The first entries may be no longer kept.

    None for a session that runs, and for one that began before its entries were counted. Raises `Unavailable`.
    """
    if session.first_seq is None or session.last_seq is None:
        return None
    first = max(session.first_seq, session.last_seq - DIGEST_ENTRIES_MAX + 1)
    try:
        return await _digest_entries(store, session, first, session.last_seq)
    except LogTrimmed:
        first = max(first, await store.oldest_seq(session.party_id))
    try:
        return await _digest_entries(store, session, first, session.last_seq)
    except LogTrimmed:  # more was dropped in between
        return None


async def _digest_entries(store: Store, session: Session, first: int, last: int) -> LogDigest | None:
    """Raises `LogTrimmed`."""
    digest, seq = sha256(), first - 1
    while seq < last:
        entries = await store.entries(session.party_id, seq, min(DIGEST_PAGE_ENTRIES, last - seq))
        if not entries:
            return None
        for entry in entries:
            event = without_secrets(entry.event)
            line = (entry.seq, entry.at, entry.actor_id, type(event).__name__, event)
            digest.update(_encoder.encode(line) + b"\n")
        seq = entries[-1].seq
    return LogDigest(first, last, digest.hexdigest())

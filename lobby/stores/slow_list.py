"""The lists by looking at everything, until the index takes over."""

from __future__ import annotations

from typing import TypeVar

from lobby.domain.listing import PartySort, is_listed, matches
from lobby.domain.model import Party, Session
from lobby.domain.values import SessionStatus, Visibility
from lobby.ports import BadPageCursor, Page, PartyQuery, SessionQuery
from lobby.stores.ledger import Ledger

Item = TypeVar("Item")
ACTIVE = (SessionStatus.WAITING, SessionStatus.IN_PROGRESS)


class SlowList:
    def parties(self, ledger: Ledger, query: PartyQuery) -> Page[Party]:
        found = sorted(
            (
                (self._key(ledger, party, query.sort), party)
                for party in ledger.parties.durable_values()
                if is_listed(party) and matches(party, query.wanted)
            ),
            key=lambda pair: pair[0],
        )
        return _page(found, query.first, query.after)

    def sessions(self, ledger: Ledger, query: SessionQuery) -> Page[Session]:
        found = sorted(
            (
                ((0, -session.created_at), session)
                for session in ledger.sessions.durable_values()
                if self._wanted(ledger, session, query)
            ),
            key=lambda pair: pair[0],
        )
        return _page(found, query.first, query.after)

    def _key(self, ledger: Ledger, party: Party, sort: PartySort) -> tuple[int, int]:
        serial = ledger.serials[party.id]
        if sort is PartySort.NEWEST:
            return 0, -serial
        return len(party.members) * (-1 if sort is PartySort.FULLEST else 1), serial

    def _wanted(self, ledger: Ledger, session: Session, query: SessionQuery) -> bool:
        party = ledger.parties.durable(session.party_id)
        is_public = party is not None and party.settings.visibility is Visibility.PUBLIC
        wanted = query.wanted
        return (
            (is_public or session.party_id == query.member_of)
            and (session.status is wanted.status if wanted.status else session.status in ACTIVE)
            and wanted.game_type in (None, session.game_type)
            and wanted.party_id in (None, session.party_id)
        )


def _page(found: list[tuple[tuple[int, int], Item]], first: int, after: str | None) -> Page[Item]:
    if after is not None:
        try:
            a, b = after.split(".")
            position = int(a), int(b)
        except ValueError:
            raise BadPageCursor from None
        rest = [(key, item) for key, item in found if key > position]
    else:
        rest = found
    shown = rest[:first]
    return Page(tuple(i for _, i in shown), tuple(f"{k[0]}.{k[1]}" for k, _ in shown), len(rest) > first, len(found))

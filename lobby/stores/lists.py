"""Keeps the public lists true to the durable state."""

from __future__ import annotations

from collections.abc import Iterable

from lobby.domain.model import Party, Session
from lobby.domain.values import Visibility
from lobby.stores.engine import EndedSession
from lobby.stores.index import PartyList, SessionFacets, SessionList
from lobby.stores.posting import PartyPosting, SessionPosting


class Lists:
    """Fed as postings become durable."""

    def __init__(self) -> None:
        self.parties = PartyList()
        self.sessions = SessionList()

    def settle(self, posting: PartyPosting) -> None:
        before, after = posting.change.before, posting.after
        self.parties.show(posting.serial, after)
        for session in posting.sessions:
            self._settle_session(session, before.session if before else None, is_public(after))
        if before is not None and is_public(before) is not is_public(after):
            self.sessions.set_public(after.id, is_public(after))

    def restore(self, serial: int, party: Party, session_serial: int | None) -> None:
        self.parties.show(serial, party)
        if party.session is not None and session_serial is not None:
            self.sessions.add(session_serial, SessionFacets.of(party.session), is_public(party))

    def restore_ended(self, sessions: Iterable[EndedSession]) -> None:
        for session in sessions:
            self.sessions.add(session.serial, session.facets, session.is_public)

    def _settle_session(self, posting: SessionPosting, before: Session | None, public: bool) -> None:
        old = None if posting.is_new or before is None else SessionFacets.of(before)
        new = SessionFacets.of(posting.session) if posting.session is not None else None
        if old is None and new is not None:
            self.sessions.add(posting.serial, new, public)
        elif old is not None and new is not None:
            self.sessions.move(posting.serial, old, new)
        elif old is not None:
            self.sessions.remove(posting.serial, old)


def is_public(party: Party) -> bool:
    return party.settings.visibility is Visibility.PUBLIC

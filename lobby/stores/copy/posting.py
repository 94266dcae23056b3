"""A kept log as a posting, as if all of it had happened in one commit."""

from __future__ import annotations

from lobby.domain.values import PartyId, SessionId
from lobby.ports import Change
from lobby.stores.copy.ends import KeptLog
from lobby.stores.posting import PartyPosting, SessionPosting
from lobby.stores.serials import Serials


def posting_of_log(log: KeptLog, parties: Serials[PartyId], sessions: Serials[SessionId]) -> PartyPosting:
    """Of a party that the tables don't know. Sessions that have ended are copied by themselves."""
    after = log.entries[-1].party
    session = after.session
    active = () if session is None else (SessionPosting(sessions.of(session.id), session.id, session, is_new=True),)
    return PartyPosting(
        serial=parties.of(after.id),
        change=Change(None, log.entries),
        sessions=active,
        taken_code=None if after.is_closed else after.join_code,
        given_up_code=None,
        entered=frozenset(),
        left=frozenset(),
    )

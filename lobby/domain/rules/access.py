"""Who may ask what: the checks that many commands share."""

from __future__ import annotations

from lobby.domain.model import Member, Party, Player, Session
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.values import PlayerId, SessionId, SessionStatus, Visibility


def closed(party: Party) -> Rejection:
    return Rejection(RejectionCode.PARTY_CLOSED, "The party is closed.", current=party)


def not_member(party: Party) -> Rejection:
    if party.settings.visibility is Visibility.PRIVATE:
        return NOT_FOUND
    return Rejection(RejectionCode.NOT_MEMBER, "You are not a member of this party.", current=party)


def starting(party: Party, at: int) -> Rejection:
    wait_ms = max(0, party.starts_at - at) if party.starts_at is not None else None
    return Rejection(
        RejectionCode.PARTY_STARTING,
        "The party is starting a session.",
        retryable=True,
        retry_after_ms=wait_ms,
        current=party,
    )


def seat(party: Party, player_id: PlayerId) -> Member | Rejection:
    """The actor's own seat in a party that is not closed."""
    member = party.member(player_id)
    if party.is_closed:
        known = party.settings.visibility is Visibility.PUBLIC or player_id in party.last_member_ids
        return closed(party) if known else NOT_FOUND
    return member if member is not None else not_member(party)


def leads(party: Party, actor: Player) -> Rejection | None:
    """None when `actor` leads `party`."""
    member = seat(party, actor.id)
    if isinstance(member, Rejection):
        return member
    if party.leader_id != actor.id:
        return Rejection(RejectionCode.NOT_LEADER, "Only the party's leader can do this.", current=party)
    return None


def running_session(party: Party, session_id: SessionId) -> Session | Rejection:
    """The party's session if it is the one named and is in progress."""
    session = party.session
    if session is not None and session.id == session_id and session.status is SessionStatus.IN_PROGRESS:
        return session
    is_starting = session is not None and session.id == session_id
    return Rejection(
        RejectionCode.SESSION_NOT_ACTIVE,
        "The session has not started yet." if is_starting else "The session is over.",
        retryable=is_starting,
        current=party,
    )

"""Permissions: the checks of the sender of a command, which many rules share.

A `require_` function returns what the rule needs, or the rejection that the rule returns to its caller.
"""

from __future__ import annotations

from typing import Any

from lobby.domain.model import Member, Party, Player, Session
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode, invalid
from lobby.domain.values import Instant, PlayerId, SessionId, SessionStatus, Visibility


def require_member(party: Party, player_id: PlayerId) -> Member | Rejection:
    """The member with this id in a party that is not closed.

    Of a party that is not public, a player who has no part in it gets NOT_FOUND: that the party exists is a secret.
    """
    if party.is_closed:
        may_know = party.settings.visibility is Visibility.PUBLIC or player_id in party.last_member_ids
        return reject_closed(party) if may_know else NOT_FOUND
    member = party.member(player_id)
    if member is not None:
        return member
    if party.settings.visibility is not Visibility.PUBLIC:
        return NOT_FOUND
    return Rejection(RejectionCode.NOT_MEMBER, "You are not a member of this party.", current=party)


def require_leader(party: Party, actor: Player) -> Rejection | None:
    """None when `actor` leads `party`, else the rejection."""
    member = require_member(party, actor.id)
    if isinstance(member, Rejection):
        return member
    if party.leader_id != actor.id:
        return Rejection(RejectionCode.NOT_LEADER, "Only the party's leader can do this.", current=party)
    return None


def require_other_member(party: Party, actor: Player, player_id: PlayerId) -> Member | Rejection:
    """The member whom the leader `actor` names (to kick or to promote); it must not be the leader."""
    rejection = require_leader(party, actor)
    if rejection is not None:
        return rejection
    if player_id == actor.id:
        return invalid("player_id", "Name another member, not yourself.")
    member = party.member(player_id)
    if member is None:
        return Rejection(RejectionCode.NOT_MEMBER, "That player is not in the party.", "player_id", current=party)
    return member


def require_running_session(party: Party, session_id: SessionId) -> Session | Rejection:
    """The party's session, if it has this id and is in progress."""
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


def require_session_of_member(party: Party, player_id: PlayerId, session_id: SessionId) -> Session | Rejection:
    """The party's session, for a member, if it has this id and is in progress."""
    member = require_member(party, player_id)
    return member if isinstance(member, Rejection) else require_running_session(party, session_id)


def reject_closed(party: Party) -> Rejection:
    return Rejection(RejectionCode.PARTY_CLOSED, "The party is closed.", current=party)


def reject_version(required: str, **details: Any) -> Rejection:
    """VERSION_MISMATCH: the party needs the version `required` of the game."""
    message = f"The party needs version {required} of the game."
    return Rejection(RejectionCode.VERSION_MISMATCH, message, required_version=required, **details)


def reject_starting(party: Party, at: Instant) -> Rejection:
    """The party counts down: settings and members stay as they are until the session begins."""
    wait_ms = max(0, party.starts_at - at) if party.starts_at is not None else None
    return Rejection(
        RejectionCode.PARTY_STARTING,
        "The party is starting a session.",
        retryable=True,
        retry_after_ms=wait_ms,
        current=party,
    )

"""How a player goes, and what ends when all are gone."""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.commands import LeaveParty
from lobby.domain.events import (
    CountdownCancelled,
    Event,
    MemberLeft,
    SessionEnded,
)
from lobby.domain.model import Party, Player
from lobby.domain.rejections import Rejection
from lobby.domain.rules import access
from lobby.domain.rules.outcome import Answer
from lobby.domain.rules.session_update import with_players
from lobby.domain.values import (
    CancelReason,
    Instant,
    LeaveReason,
    PartyState,
    PlayerId,
    SessionStatus,
)


def leave_party(party: Party, command: LeaveParty, at: Instant, bounds: Bounds) -> Answer:
    member = access.seat(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    return departed(party, member.player, command.reason)


def departed(party: Party, player: Player, reason: LeaveReason) -> list[Event]:
    """Leaving the party leaves its session. What else follows, `consequences` finds."""
    return [*left_session(party, player.id), MemberLeft(player, reason)]


def left_session(party: Party, player_id: PlayerId) -> list[Event]:
    """`player_id` is out of the running session; the last one out ends it."""
    session = party.session
    if session is None or session.status is not SessionStatus.IN_PROGRESS or not session.has(player_id):
        return []
    players = tuple(player for player in session.players if player.id != player_id)
    return [with_players(session, players)]


def called_off(party: Party, reason: CancelReason) -> list[Event]:
    """The end of whatever the party starts (for `reason`) or runs, when the party itself ends."""
    if party.state is PartyState.STARTING:
        return [CountdownCancelled(reason)]
    if party.state is PartyState.IN_PROGRESS:
        return [SessionEnded(SessionStatus.ABANDONED, None)]
    return []

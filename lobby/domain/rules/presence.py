"""Who is there: connections, graces, and what happens when a deadline has come."""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.commands import MeetDeadlines, SetPresence
from lobby.domain.events import CountdownCancelled, Event, MemberConnectionChanged, SessionEnded
from lobby.domain.model import Member, Party
from lobby.domain.rules.consequences import leader_lost
from lobby.domain.rules.departing import departed
from lobby.domain.rules.game_server import silence_ends_at
from lobby.domain.rules.leading import dissolved
from lobby.domain.rules.outcome import Answer
from lobby.domain.values import CancelReason, CloseReason, Instant, LeaveReason, PartyState, SessionStatus


def set_presence(party: Party, command: SetPresence, at: Instant, bounds: Bounds) -> Answer:
    member = party.member(command.player_id)
    if member is None or command.connected == (member.remove_at is None):
        return []
    remove_at = None if command.connected else at + bounds.grace_ms(party.state)
    return [MemberConnectionChanged(command.player_id, remove_at)]


def meet_deadlines(party: Party, command: MeetDeadlines, at: Instant, bounds: Bounds) -> Answer:
    """One member, or one matter, at a time: whatever else is due is met by the next call."""
    if party.is_closed:
        return []
    for member in party.members:
        if member.remove_at is not None and member.remove_at <= at:
            return _removed(party, member, at, command.up_since, bounds)
    if party.starts_at is not None and party.starts_at + bounds.allocation_ms <= at:
        return [CountdownCancelled(CancelReason.ALLOCATION_FAILED)]
    silence = silence_ends_at(party, bounds)
    if silence is not None and max(silence, command.up_since + bounds.game_server_silence_ms) <= at:
        return [SessionEnded(SessionStatus.ABANDONED, None)]
    expiry = expires_at(party, bounds)
    if expiry is not None and max(expiry, command.up_since + bounds.grace_waiting_ms) <= at:
        return dissolved(party, CloseReason.EXPIRED)
    return leader_lost(party, at, bounds, command.up_since)


def expires_at(party: Party, bounds: Bounds) -> Instant | None:
    """When a waiting party closes if nothing happens: one that nobody has joined yet sooner than others."""
    if party.state is not PartyState.WAITING:
        return None
    return party.changed_at + (bounds.idle_ms if party.members else bounds.grace_waiting_ms)


def _removed(party: Party, member: Member, at: Instant, up_since: Instant, bounds: Bounds) -> list[Event]:
    """Nobody could come back while the server was down: its start gives those who had gone a full grace again."""
    since = member.disconnected_at
    earliest = up_since + bounds.grace_ms(party.state)
    if since is not None and since < up_since and earliest > at:
        return [MemberConnectionChanged(member.player.id, earliest)]
    return departed(party, member.player, LeaveReason.TIMED_OUT)

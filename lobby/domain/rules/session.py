"""One dungeon run: start, countdown, who is inside, and the end."""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.bounds import SECOND_MS, Bounds
from lobby.domain.commands import (
    BeginSession,
    CancelStart,
    CompleteSession,
    GiveUpAllocation,
    JoinSession,
    LeaveSession,
    StartSession,
    UpdateSession,
)
from lobby.domain.events import (
    CountdownCancelled,
    CountdownStarted,
    SessionEnded,
    SessionStarted,
)
from lobby.domain.model import Member, Party, Player, Session
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.rules import access
from lobby.domain.rules.departing import left_session
from lobby.domain.rules.endpoints import checked_endpoint
from lobby.domain.rules.game_server import sign_of_life
from lobby.domain.rules.outcome import Answer
from lobby.domain.rules.session_update import session_updated, with_players
from lobby.domain.rules.settings import PVP_MEMBERS_MIN
from lobby.domain.values import CancelReason, GameType, Instant, PartyState, SessionId

FLOOR_MAX = 1_000_000


def members_min(party: Party) -> int:
    return PVP_MEMBERS_MIN if party.settings.game_type is GameType.PVP else 1


def start_session(party: Party, command: StartSession, at: Instant, bounds: Bounds) -> Answer:
    refusal = access.leads(party, command.actor)
    if refusal is not None:
        return refusal
    if party.session is not None:
        return []
    if len(party.members) < members_min(party):
        return Rejection(
            RejectionCode.TOO_FEW_MEMBERS,
            f"At least {members_min(party)} members are needed.",
            retryable=True,
            current=party,
        )
    forced = command.force and party.settings.allow_force_start
    if not forced and not all(_may_start(party, member) for member in party.members):
        return Rejection(RejectionCode.NOT_READY, "Not every member is ready.", retryable=True, current=party)
    starts_at = at + party.settings.countdown_s * SECOND_MS
    return [CountdownStarted(command.session_id, starts_at, forced)]


def _may_start(party: Party, member: Member) -> bool:
    """The leader is ready by starting; a disconnected member never is."""
    is_leader = member.player.id == party.leader_id
    return member.remove_at is None and (is_leader or party.is_ready(member))


def cancel_start(party: Party, command: CancelStart, at: Instant, bounds: Bounds) -> Answer:
    refusal = access.leads(party, command.actor)
    if refusal is not None:
        return refusal
    if party.state is not PartyState.STARTING:
        return Rejection(RejectionCode.SESSION_NOT_ACTIVE, "Nothing is being started.", current=party)
    return [CountdownCancelled(CancelReason.LEADER_CANCELLED)]


def begin_session(party: Party, command: BeginSession, at: Instant, bounds: Bounds) -> Answer:
    """Too late for this session (cancelled, begun already): nothing happens."""
    is_due = party.starts_at is not None and party.starts_at <= at
    if party.session is None or party.session.id != command.session_id or not is_due:
        return []
    return [SessionStarted(command.endpoint, command.allocation)]


def give_up_allocation(party: Party, command: GiveUpAllocation, at: Instant, bounds: Bounds) -> Answer:
    """As `begin_session`: for a session that has gone on meanwhile nothing happens."""
    is_due = party.starts_at is not None and party.starts_at <= at
    if party.session is None or party.session.id != command.session_id or not is_due:
        return []
    return [CountdownCancelled(CancelReason.ALLOCATION_FAILED)]


def join_session(party: Party, command: JoinSession, at: Instant, bounds: Bounds) -> Answer:
    member = access.seat(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    session = access.running_session(party, command.session_id)
    if isinstance(session, Rejection) or session.has(member.player.id):
        return session if isinstance(session, Rejection) else []
    return [with_players(session, (*session.players, member.player))]


def leave_session(party: Party, command: LeaveSession, at: Instant, bounds: Bounds) -> Answer:
    member = access.seat(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    session = access.running_session(party, command.session_id)
    if isinstance(session, Rejection):
        return session
    return left_session(party, member.player.id)


def update_session(party: Party, command: UpdateSession, at: Instant, bounds: Bounds) -> Answer:
    session = _led_session(party, command.actor, command.session_id)
    if isinstance(session, Rejection):
        return session
    floor = session.floor if command.floor is None else command.floor
    if not 1 <= floor <= FLOOR_MAX:
        return invalid("floor", f"Must be 1 to {FLOOR_MAX}.")
    endpoint = checked_endpoint(command.endpoint) if command.endpoint else session.endpoint
    if isinstance(endpoint, Rejection):
        return endpoint
    attributes = text.merged("attributes", session.attributes, command.attributes, text.PARTY_ATTRIBUTES_MAX)
    if isinstance(attributes, Rejection):
        return attributes
    if (floor, endpoint, attributes) == (session.floor, session.endpoint, session.attributes):
        return sign_of_life(session, command.actor, at, bounds)
    updated = session_updated(session, floor=floor, endpoint=endpoint, attributes=attributes)
    return [updated, *sign_of_life(session, command.actor, at, bounds)]


def complete_session(party: Party, command: CompleteSession, at: Instant, bounds: Bounds) -> Answer:
    session = _led_session(party, command.actor, command.session_id)
    if isinstance(session, Rejection):
        return session
    outcome = command.outcome
    if outcome is not None:
        checked = text.line("outcome", outcome, text.OUTCOME_CHARS_MAX)
        if isinstance(checked, Rejection):
            return checked
        outcome = checked
    return [SessionEnded(command.status, outcome)]


def _led_session(party: Party, actor: Player | None, session_id: SessionId) -> Session | Rejection:
    """The running session, for the leader or for a game server (`actor` None)."""
    refusal = access.leads(party, actor) if actor is not None else None
    return refusal if refusal is not None else access.running_session(party, session_id)

"""What a game server says about the session that it runs, and what its silence means."""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.commands import Heartbeat, ReportPlayers, SpendTicket
from lobby.domain.events import Event, GameServerSeen, TicketSpent
from lobby.domain.model import Party, Player, Session
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.rules import access
from lobby.domain.rules.outcome import Answer
from lobby.domain.rules.session_update import with_players
from lobby.domain.values import Instant, PartyState

SPENT_MAX = 128
"""Tickets of one session that are spent and not expired: sixteen a minute for each of eight players."""
REPORTED_MAX = 64
"""Players in one report, of each kind."""


def heartbeat(party: Party, command: Heartbeat, at: Instant, bounds: Bounds) -> Answer:
    session = access.running_session(party, command.session_id)
    if isinstance(session, Rejection):
        return session
    return [] if _seen_lately(session, at, bounds) else [GameServerSeen()]


def spend_ticket(party: Party, command: SpendTicket, at: Instant, bounds: Bounds) -> Answer:
    """Once: whoever shows it again is told so."""
    session = access.running_session(party, command.session_id)
    if isinstance(session, Rejection):
        return session
    refusal = _not_good(session, command, at) or _used_up(session, command, at)
    if refusal is not None:
        return refusal
    spent = TicketSpent(command.player_id, command.ticket_id, command.expires_at)
    return [spent, *sign_of_life(session, command.actor, at, bounds)]


def report_players(party: Party, command: ReportPlayers, at: Instant, bounds: Bounds) -> Answer:
    """`entered` puts a member into the session, `left` takes a player out; who is there, or gone, already stays so."""
    session = access.running_session(party, command.session_id)
    if isinstance(session, Rejection):
        return session
    entered = _entered(party, command)
    if isinstance(entered, Rejection):
        return entered
    stayed = tuple(player for player in session.players if player.id not in command.left)
    players = (*stayed, *(player for player in entered if not session.has(player.id)))
    new = tuple(player.id for player in entered if player.id not in session.arrived)
    if players == session.players and not new:
        return sign_of_life(session, command.actor, at, bounds)
    updated = with_players(session, players, arrived=(*session.arrived, *new))
    return [updated, *(sign_of_life(session, command.actor, at, bounds) if players else ())]


def sign_of_life(session: Session, actor: Player | None, at: Instant, bounds: Bounds) -> list[Event]:
    """Whatever a game server (`actor` None) reports shows that it is there; only a heartbeat takes a session."""
    is_taken = session.server_seen_at is not None
    return [GameServerSeen()] if actor is None and is_taken and not _seen_lately(session, at, bounds) else []


def silence_ends_at(party: Party, bounds: Bounds) -> Instant | None:
    """When the session counts as abandoned by the game server that took it; None while none did.

    A step later than what was last heard of it, since what it says within a step is not kept.
    """
    session = party.session
    if party.state is not PartyState.IN_PROGRESS or session is None or session.server_seen_at is None:
        return None
    return session.server_seen_at + bounds.game_server_step_ms + bounds.game_server_silence_ms


def _seen_lately(session: Session, at: Instant, bounds: Bounds) -> bool:
    return session.server_seen_at is not None and at - session.server_seen_at < bounds.game_server_step_ms


def _not_good(session: Session, command: SpendTicket, at: Instant) -> Rejection | None:
    if command.into != session.id:
        return bad_ticket("The ticket is for another session.")
    if command.expires_at <= at:
        return bad_ticket("The ticket has expired.")
    if not session.has(command.player_id):
        return Rejection(RejectionCode.NOT_MEMBER, "The player is no longer in the session.", field="ticket")
    return None


def _used_up(session: Session, command: SpendTicket, at: Instant) -> Rejection | None:
    unexpired = [ticket for ticket in session.spent if ticket.expires_at > at]
    if any(ticket.id == command.ticket_id for ticket in unexpired):
        return Rejection(RejectionCode.TICKET_SPENT, "The ticket has been used already.", field="ticket")
    if len(unexpired) >= SPENT_MAX:
        wait_ms = min(ticket.expires_at for ticket in unexpired) - at
        message = "Too many tickets were spent lately."
        return Rejection(RejectionCode.RATE_LIMITED, message, retryable=True, retry_after_ms=wait_ms)
    return None


def bad_ticket(message: str) -> Rejection:
    return Rejection(RejectionCode.INVALID_CREDENTIALS, message, field="ticket")


def _entered(party: Party, command: ReportPlayers) -> tuple[Player, ...] | Rejection:
    """The members whom the report says to be there."""
    if max(len(command.entered), len(command.left)) > REPORTED_MAX:
        return invalid("entered", f"At most {REPORTED_MAX} players in one report.")
    found: dict[str, Player] = {}
    for place, player_id in enumerate(command.entered):
        member = party.member(player_id)
        if player_id in command.left:
            return invalid(f"entered.{place}", "The player can't have come and gone in one report.")
        if member is None:
            return Rejection(
                RejectionCode.NOT_MEMBER, "That player is not in the party.", f"entered.{place}", current=party
            )
        found[player_id] = member.player
    return tuple(found.values())

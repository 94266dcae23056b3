"""Whether a party is at rest: between two mutations, and not in the midst of one."""

from __future__ import annotations

from chaos.checks.violation import Kind, Violation
from lobby.domain.events import Entry, MemberLeft
from lobby.domain.model import Party
from lobby.domain.values import LeaveReason, PartyState


def unfinished(entry: Entry) -> str | None:
    """What has still to follow `entry` in the same step, in words; None when nothing has."""
    party, event = entry.party, entry.event
    if party.is_closed:
        return None
    if isinstance(event, MemberLeft) and event.reason is LeaveReason.PARTY_CLOSED:
        return "the party is to close"
    if not party.members:
        return "nobody is in it" if party.departures else None
    if party.leader is None:
        return "nobody leads it"
    return _unfinished_session(party)


def half_shown(where: str, entry: Entry) -> Violation | None:
    """For what is only ever shown between mutations."""
    missing = unfinished(entry)
    return Violation(Kind.HALF, f"{where} in the midst of a step: {missing}") if missing is not None else None


def _unfinished_session(party: Party) -> str | None:
    session = party.session
    if session is None or party.state is not PartyState.IN_PROGRESS:
        return None
    if not session.players:
        return "nobody is in its session"
    newest = party.members[-1]
    just_joined = newest.late_join and newest.joined_at == party.changed_at
    return "a late joiner is not in its session" if just_joined and _is_outside(party, newest.player.id) else None


def _is_outside(party: Party, player_id: str) -> bool:
    return party.session is not None and not party.session.has(player_id)

"""The one way into the rules: a party, a command and a time make log entries, or a no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.evolve import append
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules import access, departing, game_server, joining, leading, presence, seat, session
from lobby.domain.rules.consequences import consequences
from lobby.domain.rules.outcome import Answer, Decision
from lobby.domain.values import Instant, PartyId


def found(
    command: c.CreateParty, party_id: PartyId, epoch: str, join_code: str, at: Instant, bounds: Bounds
) -> Decision:
    """The first entry of a new party's log. Id, epoch and code are fresh; the caller made them."""
    answer = joining.create_party(command, party_id, epoch, join_code, bounds)
    return _entries(None, answer, at, command, bounds)


def decide(party: Party, command: c.Command, at: Instant, bounds: Bounds, if_version: int | None = None) -> Decision:
    """What `command` means for `party` at `at`.

    Entries to append (none: it is so already), a Rejection, or the password work that is needed first. With
    `if_version`, a member is refused when an entry other than a message or a connection came after that version.
    """
    refusal = _stale(party, command, if_version)
    if refusal is not None:
        return refusal
    return _entries(party, _RULES[type(command)](party, command, at, bounds), at, command, bounds)


def _stale(party: Party, command: c.Command, if_version: int | None) -> Rejection | None:
    if if_version is None or command.actor is None:
        return None
    member = access.seat(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    if party.acted_version <= if_version <= party.version:
        return None
    return Rejection(
        RejectionCode.VERSION_CONFLICT,
        "The party has changed since that version.",
        field="if_version",
        current=party,
    )


def _entries(party: Party | None, answer: Answer, at: Instant, command: c.Command, bounds: Bounds) -> Decision:
    if not isinstance(answer, list):
        return answer
    actor_id = command.actor.id if command.actor is not None else None
    entries = append(party, answer, at, actor_id)
    while entries:
        happened = [entry.event for entry in entries]
        after = entries[-1].party
        more = consequences(party, after, happened, at, bounds)
        if not more:
            break
        entries += append(after, more, at, None)
    return entries


_RULES: dict[type[Any], Callable[[Party, Any, Instant, Bounds], Answer]] = {
    c.JoinParty: joining.join_party,
    c.LeaveParty: departing.leave_party,
    c.UpdateParty: leading.update_party,
    c.DisbandParty: leading.disband_party,
    c.KickMember: leading.kick_member,
    c.PromoteMember: leading.promote_member,
    c.ClaimLeadership: leading.claim_leadership,
    c.RotateJoinCode: leading.rotate_join_code,
    c.UpdateMember: seat.update_member,
    c.SetReady: seat.set_ready,
    c.PostMessage: seat.post_message,
    c.StartSession: session.start_session,
    c.CancelStart: session.cancel_start,
    c.JoinSession: session.join_session,
    c.LeaveSession: session.leave_session,
    c.UpdateSession: session.update_session,
    c.CompleteSession: session.complete_session,
    c.Heartbeat: game_server.heartbeat,
    c.SpendTicket: game_server.spend_ticket,
    c.ReportPlayers: game_server.report_players,
    c.BeginSession: session.begin_session,
    c.GiveUpAllocation: session.give_up_allocation,
    c.SetPresence: presence.set_presence,
    c.MeetDeadlines: presence.meet_deadlines,
}

"""Invites: a member asks a player to join. The invitee accepts by joining with the invite, see `joining.py`.

- The leader invites; where the party is not INVITE_ONLY, any member does. A player has at most one pending invite to a party.
- An invite ends when the invitee joins (ACCEPTED) or declines it (DECLINED), and at its time (EXPIRED). It is REVOKED when its
  inviter or the leader takes it back, its inviter leaves the party in any way, its invitee is banned, or the party closes.
  A single commit ends it, so if two of these happen at the same moment, exactly one of them ends it.
- An invite to a player who blocks the inviter looks like any other to the party, and the invitee never learns of it.
"""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.blocks import PLAYER_ID_CHARS_MAX
from lobby.domain.bounds import Bounds
from lobby.domain.commands import DeclineInvite, InvitePlayer, RevokeInvite
from lobby.domain.events import Event, InviteEnded, PlayerInvited
from lobby.domain.invites import ended, new_invite_id
from lobby.domain.model import Invite, Party, Player
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import require_leader, require_member
from lobby.domain.values import Instant, InviteId, InviteState, LeaveReason, PlayerId, Visibility

NO_INVITE = Rejection(RejectionCode.NOT_FOUND, "There is no such invite.", "invite_id")
"""The answer for an invite of other players too, so that strangers can't find out that it exists."""


def invite_player(party: Party, command: InvitePlayer, at: Instant, bounds: Bounds) -> RuleResult:
    """Invite a player. If the player has a pending invite, nothing changes."""
    rejection = _check_inviter(party, command.actor) or _check_invitee(party, command)
    if rejection is not None:
        return rejection
    if party.pending_invite(command.player.id) is not None:
        return []
    if len(party.pending_invites) >= bounds.invites_max:
        message = f"A party can have at most {bounds.invites_max} pending invites."
        return Rejection(RejectionCode.INVALID_INPUT, message, "player_id", retryable=True, current=party)
    return [create_invite(party.id, party.version + 1, command.actor, command.player, at, bounds, command.is_unwanted)]


def create_invite(
    party_id: str, seq: int, inviter: Player, invitee: Player, at: Instant, bounds: Bounds, is_hidden: bool = False
) -> PlayerInvited:
    """The event that makes an invite. It must become entry `seq` of the log of the party."""
    id, until = new_invite_id(party_id, seq), at + bounds.invite_ms
    return PlayerInvited(Invite(id, party_id, inviter, invitee, InviteState.PENDING, at, until, is_hidden))


def _check_inviter(party: Party, actor: Player) -> Rejection | None:
    if party.settings.visibility is Visibility.INVITE_ONLY:
        return require_leader(party, actor)
    member = require_member(party, actor.id)
    return member if isinstance(member, Rejection) else None


def _check_invitee(party: Party, command: InvitePlayer) -> Rejection | None:
    player_id = text.normalize_line("player_id", command.player.id, PLAYER_ID_CHARS_MAX)
    if isinstance(player_id, Rejection):
        return player_id
    if player_id != command.player.id:
        return invalid("player_id", "This is not the id of a player.")
    if party.member(player_id) is not None:
        return invalid("player_id", "The player is in the party already.")
    departure = party.departure(player_id)
    if departure is not None and departure.reason is LeaveReason.BANNED:
        return Rejection(RejectionCode.BANNED, "The player is banned from this party.", "player_id", current=party)
    return None


def decline_invite(party: Party, command: DeclineInvite, at: Instant, bounds: Bounds) -> RuleResult:
    invite = find_own_invite(party, command.invite_id, command.actor.id)
    return invite if isinstance(invite, Rejection) else _end(party, invite, InviteState.DECLINED)


def revoke_invite(party: Party, command: RevokeInvite, at: Instant, bounds: Bounds) -> RuleResult:
    invite = party.invite(command.invite_id)
    if invite is None or party.member(command.actor.id) is None:
        return NO_INVITE
    if invite.inviter.id != command.actor.id and party.leader_id != command.actor.id:
        message = "Only the player who has invited and the leader take an invite back."
        return Rejection(RejectionCode.NOT_LEADER, message, "invite_id", current=party)
    return _end(party, invite, InviteState.REVOKED)


def find_own_invite(party: Party, invite_id: InviteId, player_id: PlayerId) -> Invite | Rejection:
    """The invite, pending or not, if it was delivered to this player."""
    invite = party.invite(invite_id)
    return NO_INVITE if invite is None or invite.is_hidden or invite.invitee.id != player_id else invite


def reject_gone(party: Party, invite: Invite) -> Rejection:
    """The invite has ended before."""
    message = f"The invite was {invite.state.value.lower()} before."
    return Rejection(RejectionCode.INVITE_GONE, message, "invite_id", current=party)


def _end(party: Party, invite: Invite, state: InviteState) -> RuleResult:
    """End a pending invite. One that has ended in this way before stays as it is."""
    if invite.is_pending:
        return [InviteEnded(ended(invite, state))]
    return [] if invite.state is state else reject_gone(party, invite)


def accept_invite_of(party: Party, player_id: PlayerId) -> list[Event]:
    """The player joins, in any way: a pending invite is accepted by that."""
    invite = party.pending_invite(player_id)
    return [InviteEnded(ended(invite, InviteState.ACCEPTED))] if invite is not None else []


def revoke_all_invites(party: Party) -> list[Event]:
    return [InviteEnded(ended(invite, InviteState.REVOKED)) for invite in party.pending_invites]


def revoke_void_invites(party: Party) -> list[Event]:
    """Revoke invites whose inviter is no longer a member, and invites of banned players."""
    return [
        InviteEnded(ended(invite, InviteState.REVOKED))
        for invite in party.pending_invites
        if party.member(invite.inviter.id) is None or _is_banned(party, invite.invitee.id)
    ]


def _is_banned(party: Party, player_id: PlayerId) -> bool:
    departure = party.departure(player_id)
    return departure is not None and departure.reason is LeaveReason.BANNED


def end_due_invites(party: Party, at: Instant, up_since: Instant, bounds: Bounds) -> list[Event]:
    """End the invites whose time is over. Players could not accept while the server was down, so after its start no invite ends
    before the grace of a waiting party."""
    if up_since + bounds.grace_waiting_ms > at:
        return []
    due = [invite for invite in party.pending_invites if invite.expires_at <= at]
    return [InviteEnded(ended(invite, InviteState.EXPIRED)) for invite in due]


RULES: RuleTable = {InvitePlayer: invite_player, DeclineInvite: decline_invite, RevokeInvite: revoke_invite}

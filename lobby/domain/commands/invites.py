"""Commands about invites. A player accepts an invite by joining with it: `JoinParty.invite_id`."""

from __future__ import annotations

from lobby.domain.model import Player
from lobby.domain.values import InviteId
from lobby.struct import Struct


class InvitePlayer(Struct):
    """From a member: invite `player`."""

    actor: Player
    player: Player
    is_unwanted: bool = False
    """True if `player` blocks the actor."""


class DeclineInvite(Struct):
    """From the invitee: do not accept the invite."""

    actor: Player
    invite_id: InviteId


class RevokeInvite(Struct):
    """From the inviter or the leader: take the invite back."""

    actor: Player
    invite_id: InviteId


InviteCommand = InvitePlayer | DeclineInvite | RevokeInvite

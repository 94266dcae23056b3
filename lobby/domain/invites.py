"""Invites as values: their ids, and how they end."""

from __future__ import annotations

from lobby.domain.events import Event, InviteEnded, PlayerInvited
from lobby.domain.model import Invite, Party
from lobby.domain.values import InviteId, InviteState, PartyId, PlayerId
from lobby.struct import replace


def new_invite_id(party_id: PartyId, seq: int) -> InviteId:
    """The id of the invite that entry `seq` of the log makes. It leads to the party; only the invitee can use it."""
    return f"{party_id}.{seq}"


def party_of_invite(invite_id: InviteId) -> PartyId:
    """The party that the invite is to. Any text has one; the party says whether it has the invite."""
    return invite_id.rpartition(".")[0]


def ended(invite: Invite, state: InviteState) -> Invite:
    return replace(invite, state=state)


def without_secrets(event: Event) -> Event:
    """`event` as it may be hashed for players: without the fact that an invite is hidden, which they could guess and compare."""
    if isinstance(event, PlayerInvited | InviteEnded) and event.invite.is_hidden:
        return replace(event, invite=replace(event.invite, is_hidden=False))
    return event


def invite_to(party: Party, player_id: PlayerId) -> Invite | None:
    """The pending invite that this player may know of."""
    invite = party.pending_invite(player_id)
    return invite if invite is not None and not invite.is_hidden else None

"""Commands of members about themselves: class, readiness, team, messages, the mute of another member, and invites.

A player accepts an invite by joining with it: `JoinParty.invite_id`.
"""

from __future__ import annotations

from lobby.domain.model import AttributeChanges, Player
from lobby.domain.regions import Pings
from lobby.domain.values import InviteId, PlayerId
from lobby.struct import Struct


class UpdateMember(Struct):
    """From a member: change class, attributes, version of the game and pings of this member."""

    actor: Player
    character_class: str | None = None
    """None leaves the class as it is; the empty string clears it."""
    attributes: AttributeChanges = ()
    client_version: str | None = None
    """As `character_class`: None leaves it, the empty string clears it."""
    pings: Pings | None = None
    """All pings of the member, in place of the earlier ones. None leaves them."""


class SetReady(Struct):
    """From a member: be ready, or take it back."""

    actor: Player
    ready: bool
    settings_version: int
    """The version of the settings that the player saw."""


class SetTeam(Struct):
    """From a member: change to another team. From the leader: move `player_id` to it."""

    actor: Player
    team: int
    player_id: PlayerId | None = None
    """None: the actor."""


class ShuffleTeams(Struct):
    """From the leader: give every member a random team."""

    actor: Player
    random_bits: int
    """A whole number of 64 random bits or more, from a source that players cannot foresee."""


class MuteMember(Struct):
    """From the leader: let another member post no chat messages (`muted`), or let the member post them again."""

    actor: Player
    player_id: PlayerId
    muted: bool


class PostMessage(Struct):
    """From a member: post a chat message."""

    actor: Player
    text: str


MemberCommand = UpdateMember | SetReady | SetTeam | ShuffleTeams | MuteMember | PostMessage


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

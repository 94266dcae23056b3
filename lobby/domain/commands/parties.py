"""Commands that change a party or who is in it, and those that the lobby server gives for time and presence."""

from __future__ import annotations

from lobby.domain.model import AttributeChanges, Player
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.passwords import PasswordProof
from lobby.domain.saved_runs import SavedRun
from lobby.domain.values import Instant, InviteId, LeaveReason, PlayerId
from lobby.struct import Struct


class CreateParty(Struct):
    """From any player: create a party with its creator as first member. `actor` None: without a member, as REST can do it."""

    actor: Player | None
    patch: SettingsPatch = SettingsPatch()
    attributes: AttributeChanges = ()
    character_class: str | None = None
    password_hash: str | None = None
    """The hash of `patch.password`; the caller makes it when `decide` returns PasswordToHash."""
    client_version: str | None = None
    """The version of the game that the actor runs. The party needs it, unless `patch` names another."""
    external_key: str | None = None
    """See `Party.external_key`. The caller checks that no other live party has it."""


class ContinueRun(Struct):
    """From a player who was in a saved run: open a party for it, in which the seats of the others are held for them."""

    actor: Player
    run: SavedRun
    client_version: str | None = None
    """The version of the game that the actor runs. None: the version that the run needs."""
    blocked_by: tuple[PlayerId, ...] = ()
    """Those of the other players who block the actor: they get no message about the party."""


class UpdateParty(Struct):
    """From the leader: change settings and public attributes."""

    actor: Player
    patch: SettingsPatch = SettingsPatch()
    attributes: AttributeChanges = ()
    password_hash: str | None = None
    """The same as in CreateParty."""


class JoinParty(Struct):
    """From any player: get a seat in the party."""

    actor: Player
    by_code: bool = False
    """True if the player came with the join code, or with the external key, without which a private party cannot be found."""
    password: str | None = None
    character_class: str | None = None
    is_in_other_party: bool = False
    """True if the actor has a seat in another party and does not leave it in the same step."""
    proof: PasswordProof | None = None
    """The result of the check of `password`; the caller makes it when `decide` returns PasswordToVerify."""
    client_version: str | None = None
    """The version of the game that the actor runs."""
    is_blocked: bool = False
    """True if a block keeps the actor out, see `lobby.domain.blocks`."""
    by_external_key: bool = False
    """True if the player came with the external key, which stands in for the join code and for an invite."""
    invite_id: InviteId | None = None
    """The invite that the actor accepts by joining."""
    wait: bool = False
    """True: wait for a seat if the party is full."""
    connected: tuple[PlayerId, ...] = ()
    """The players on the waiting list of the party who are connected: a free seat belongs to them. The caller finds them out."""


class StopWaiting(Struct):
    """From a player on the waiting list: leave it, and give up a seat that is held from it."""

    actor: Player


class LeaveParty(Struct):
    """From a member: give the seat up. From a player on the waiting list: leave it."""

    actor: Player
    reason: LeaveReason = LeaveReason.LEFT


class DisbandParty(Struct):
    """From the leader: close the party."""

    actor: Player


class KickMember(Struct):
    """From the leader: take the seat from a member; with `ban`, for ever."""

    actor: Player
    player_id: PlayerId
    ban: bool = False


class RemoveMember(Struct):
    """From a moderator, by way of the lobby server: take the seat from a player who joined, or began to wait for a seat, at
    `joined_until` or before."""

    player_id: PlayerId
    joined_until: Instant
    actor: None = None


class CloseParty(Struct):
    """From a moderator, by way of the lobby server: close the party."""

    actor: None = None


class PromoteMember(Struct):
    """From the leader: make another member the leader."""

    actor: Player
    player_id: PlayerId


class ClaimLeadership(Struct):
    """From a member: take over from a leader who does nothing while all others are ready."""

    actor: Player


class RotateJoinCode(Struct):
    """From the leader: replace the join code by `join_code`, so that the old code finds no party."""

    actor: Player
    join_code: str


class SetPresence(Struct):
    """From the lobby server: the player's last stream has ended, or the first has been opened."""

    player_id: PlayerId
    connected: bool
    actor: None = None


class CheckWaiting(Struct):
    """From the lobby server: end the waits of players who have been gone for long. `connected`: those who are connected now.
    Nobody could connect before `up_since`."""

    connected: tuple[PlayerId, ...]
    up_since: Instant
    actor: None = None


class OfferSeats(Struct):
    """From the lobby server: hold the free seats for players on the waiting list. `connected`: those who are connected."""

    connected: tuple[PlayerId, ...]
    actor: None = None


class MeetDeadlines(Struct):
    """From the lobby server: do the first thing that is due. No grace ends sooner than a full grace after `up_since`."""

    up_since: Instant = 0
    actor: None = None


PartyCommand = (
    CreateParty
    | ContinueRun
    | UpdateParty
    | JoinParty
    | StopWaiting
    | LeaveParty
    | DisbandParty
    | KickMember
    | RemoveMember
    | CloseParty
    | PromoteMember
    | ClaimLeadership
    | RotateJoinCode
    | SetPresence
    | CheckWaiting
    | OfferSeats
    | MeetDeadlines
)

"""A party with its members, as frozen values without rules. It exports those of its session, too, from `session.py`.

Stores write these values as JSON, so the names of the fields are those of the file: a field can be added with a default, but
not renamed or removed. Every commit writes the whole party, most fields of which have their default. Parties, members and
sessions leave these out (`omit_defaults`), so that a default must not be changed either.
"""

from __future__ import annotations

from operator import attrgetter

from lobby.domain.attributes_and_endpoints import Attribute as Attribute
from lobby.domain.attributes_and_endpoints import AttributeChanges as AttributeChanges
from lobby.domain.attributes_and_endpoints import Attributes as Attributes
from lobby.domain.attributes_and_endpoints import Endpoint as Endpoint
from lobby.domain.identities import Player as Player
from lobby.domain.party_settings import PartySettings
from lobby.domain.regions import Pings, best_region
from lobby.domain.search import Search as Search
from lobby.domain.session import Checkpoint as Checkpoint
from lobby.domain.session import Continuation as Continuation
from lobby.domain.session import HostMigration as HostMigration
from lobby.domain.session import Seat as Seat
from lobby.domain.session import Session as Session
from lobby.domain.session import SessionHost as SessionHost
from lobby.domain.session import SpentTicket as SpentTicket
from lobby.domain.values import (
    Connection,
    Instant,
    InviteId,
    InviteState,
    LeaveReason,
    PartyId,
    PartyState,
    PlayerId,
    ReservationReason,
)
from lobby.struct import Struct

_PINGS = attrgetter("pings")
"""For all members at once: a comprehension takes longer, and each change of a member asks twice."""
_CLOSED = PartyState.CLOSED
"""Every command asks several times whether a party is closed. In Python 3.11 `PartyState.CLOSED` takes 66 ns, this name 14 ns."""


class Member(Struct, omit_defaults=True):
    """A player with a seat in a party."""

    player: Player
    joined_at: Instant
    character_class: str | None = None
    ready_for: int | None = None
    """The version of the settings that the player saw and is ready for; see `Party.is_ready`."""
    disconnected_at: Instant | None = None
    remove_at: Instant | None = None
    """When a disconnected member loses the seat. None if and only if the member is connected."""
    late_join: bool = False
    """True if the member joined while a session was running."""
    attributes: Attributes = ()
    client_version: str | None = None
    """The version of the game that the member runs. None if the member has not said."""
    team: int | None = None
    """1 to `PartySettings.teams`. None if and only if the party has no teams."""
    muted: bool = False
    """True if the member may post no chat messages. A leader is never muted."""
    first_seq: int = 1
    """The entry with which the player first came into the party: the player may read the log from there. 1 in parties of before
    this field was kept."""
    pings: Pings = ()
    """The pings that the member has sent last."""

    @property
    def connection(self) -> Connection:
        return Connection.CONNECTED if self.remove_at is None else Connection.DISCONNECTED


class WaitingPlayer(Struct):
    """A player on the waiting list of a full party. Class and version are those of the request."""

    player: Player
    since: Instant
    character_class: str | None = None
    client_version: str | None = None
    check_at: Instant = 0
    """When the server checks next whether the player is connected to the inbox."""
    was_absent: bool = False
    """True if the player was not connected at the last check. At the second one in a row the wait ends."""


class Reservation(Struct):
    """A seat that is held for a player who is not a member. It counts as taken for everybody else."""

    player: Player
    until: Instant
    reason: ReservationReason
    character_class: str | None = None
    """The class that the player gets if the join names no class."""
    team: int | None = None
    waiting: WaitingPlayer | None = None
    """The place on the waiting list that the player had. None for a seat that is held for another reason."""


class Invite(Struct):
    """The invite of `invitee` to a party by `inviter`, who was a member."""

    id: InviteId
    party_id: PartyId
    inviter: Player
    invitee: Player
    state: InviteState
    created_at: Instant
    expires_at: Instant
    is_hidden: bool = False
    """True if the invitee blocked the inviter at that time: the invitee never learns of the invite, and nobody else of this."""

    @property
    def is_pending(self) -> bool:
        return self.state is InviteState.PENDING


class Departure(Struct):
    """How and when a player last left the party. Bans, the kick cooldown and the resume of a stream depend on it."""

    player_id: PlayerId
    reason: LeaveReason
    at: Instant
    seq: int
    """The `seq` of the entry with which the player left."""
    display_name: str = ""
    """The player's name at that time. Empty in departures of before this field was kept."""
    muted: bool = False
    """True if the player was muted at that time. The player is muted again on coming back."""
    first_seq: int = 1
    """As `Member.first_seq`."""


class Party(Struct, omit_defaults=True):
    """Up to eight players who stay together over several sessions. This is the state after entry `version` of the log."""

    id: PartyId
    epoch: str
    """The id of this log. A cursor with another epoch belongs to another party, or to a log that was lost."""
    version: int
    state: PartyState
    settings: PartySettings
    join_code: str
    created_at: Instant
    changed_at: Instant
    """The time of the newest entry."""
    leader_id: PlayerId | None = None
    """None only in a closed party, and in a party created without its first member until somebody joins."""
    term: int = 1
    """Rises by one with each change of leader."""
    members: tuple[Member, ...] = ()
    """In the order in which they joined."""
    attributes: Attributes = ()
    session: Session | None = None
    """The session that is being started or is running."""
    last_session: Session | None = None
    """The session that ended last."""
    starts_at: Instant | None = None
    """The end of the countdown; None in states other than STARTING."""
    forced: bool = False
    """True if the leader forced the start of this countdown: members may be unready or disconnected."""
    departures: tuple[Departure, ...] = ()
    """The latest departure of each former member, oldest first; `evolve` bounds their number."""
    last_member_ids: tuple[PlayerId, ...] = ()
    """The members at the time when the party closed."""
    acted_version: int = 1
    """The newest entry that counts for `if_version`: see `EventBase.raises_acted_version`."""
    leader_acted_at: Instant = 0
    """When the leader last sent a command that changed something, or became leader."""
    others_ready_since: Instant | None = None
    """The time from which all members except the leader have been ready in state WAITING; None if one is not, or there are no
    others."""
    reservations: tuple[Reservation, ...] = ()
    """Seats that are held for players, in the order in which the seats go when there are too many."""
    continues: Continuation | None = None
    """The run that this party was opened for. None once the session that continues it has ended."""
    external_key: str | None = None
    """The name that something outside of the lobby has for this party, such as the id of a Discord Activity's instance. One live
    party at a time has it."""
    invites: tuple[Invite, ...] = ()
    """The pending invites, oldest first, and after them the invites that ended last; `evolve` bounds their number."""
    waiting: tuple[WaitingPlayer, ...] = ()
    """The waiting list, the first to get a seat first. Nobody on it is a member of any party, or has a reservation here."""
    search: Search | None = None
    """The party's latest search for other parties, live or ended."""

    def member(self, player_id: PlayerId | None) -> Member | None:
        for member in self.members:
            if member.player.id == player_id:
                return member
        return None

    @property
    def leader(self) -> Member | None:
        return self.member(self.leader_id)

    def is_ready(self, member: Member) -> bool:
        """Ready holds for one version of the settings: a change that affects play takes it back."""
        return member.ready_for == self.settings.version

    def departure(self, player_id: PlayerId) -> Departure | None:
        for departure in self.departures:
            if departure.player_id == player_id:
                return departure
        return None

    def first_seq_of(self, player_id: PlayerId) -> int | None:
        """The entry with which the player first came into the party; None for a player who never was in it."""
        seat = self.member(player_id) or self.departure(player_id)
        return seat.first_seq if seat is not None else None

    def reservation(self, player_id: PlayerId | None) -> Reservation | None:
        return next((held for held in self.reservations if held.player.id == player_id), None)

    def invite(self, invite_id: InviteId | None) -> Invite | None:
        return next((invite for invite in self.invites if invite.id == invite_id), None)

    def pending_invite(self, player_id: PlayerId | None) -> Invite | None:
        """The pending invite of this player; there is at most one."""
        return next((each for each in self.invites if each.is_pending and each.invitee.id == player_id), None)

    @property
    def pending_invites(self) -> tuple[Invite, ...]:
        return tuple(invite for invite in self.invites if invite.is_pending)

    def waiting_player(self, player_id: PlayerId | None) -> WaitingPlayer | None:
        return next((waiting for waiting in self.waiting if waiting.player.id == player_id), None)

    @property
    def claimed_players(self) -> set[PlayerId]:
        """The players whose one place this party is: members, players on the waiting list, and those of a seat that is held
        from that list. A store lets no other party claim them."""
        claimed = {member.player.id for member in self.members}
        if self.waiting or self.reservations:
            claimed.update(waiting.player.id for waiting in self.waiting)
            claimed.update(held.player.id for held in self.reservations if held.waiting is not None)
        return claimed

    def claims(self, player_id: PlayerId) -> bool:
        return self.member(player_id) is not None or self.is_waiting(player_id)

    def is_waiting(self, player_id: PlayerId) -> bool:
        """True if the player is on the waiting list, or a seat is held for the player from that list."""
        return self.waits_since(player_id) is not None

    def waits_since(self, player_id: PlayerId) -> Instant | None:
        """Since when the player waits for a seat, or waited for the held seat; None for others."""
        held = self.reservation(player_id)
        waiting = self.waiting_player(player_id) or (held.waiting if held is not None else None)
        return waiting.since if waiting is not None else None

    @property
    def is_closed(self) -> bool:
        return self.state is _CLOSED

    @property
    def live_search(self) -> Search | None:
        """The search that has not ended; None without one."""
        return self.search if self.search is not None and self.search.is_live else None

    @property
    def free_seats(self) -> int:
        """The free seats for players without a reservation."""
        return max(0, self.settings.max_members - len(self.members) - len(self.reservations))

    @property
    def region(self) -> str | None:
        """The region that suits the members best, see `best_region`; None until a member has sent its pings."""
        pings = [*filter(None, map(_PINGS, self.members))]
        return best_region(pings) if pings else None

    @property
    def latest_session(self) -> Session | None:
        """The session that is being started or is running, or else the session that ended last."""
        return self.session or self.last_session

    @property
    def has_connected_member(self) -> bool:
        for member in self.members:  # noqa: SIM110 - every commit asks, and the generator of `any` takes longer
            if member.remove_at is None:
                return True
        return False

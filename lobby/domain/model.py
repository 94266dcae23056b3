"""A party and all that belongs to it, as plain frozen values. Nothing here decides anything."""

from __future__ import annotations

from lobby.domain.values import (
    Connection,
    GameType,
    Instant,
    LeaveReason,
    PartyId,
    PartyState,
    PlayerId,
    SessionId,
    SessionStatus,
    Visibility,
)
from lobby.value import Value


class Player(Value):
    """An authenticated principal; `display_name` is 1 to 32 characters, trimmed, NFC."""

    id: PlayerId
    display_name: str


class Attribute(Value):
    """A custom property; the limits on key and value are in `domain.text`."""

    key: str
    value: str


Attributes = tuple[Attribute, ...]
"""Each key once, in the order in which the keys were first set."""


class Member(Value):
    """A player's seat in a party."""

    player: Player
    joined_at: Instant
    character_class: str | None = None
    ready_for: int | None = None
    """The settings version that the player got ready for: ready is bound to what was seen, see `Party.is_ready`."""
    disconnected_at: Instant | None = None
    remove_at: Instant | None = None
    """When a disconnected member loses the seat; set if and only if the member is DISCONNECTED."""
    late_join: bool = False
    attributes: Attributes = ()

    @property
    def connection(self) -> Connection:
        return Connection.CONNECTED if self.remove_at is None else Connection.DISCONNECTED


class PartySettings(Value):
    """What the leader decides about a party. `version` rises with each change that affects play."""

    name: str
    game_type: GameType
    difficulty: str
    max_members: int
    visibility: Visibility
    password_hash: str | None
    locked: bool
    allow_late_join: bool
    allow_force_start: bool
    unique_classes: bool
    countdown_s: int
    version: int = 1


class Endpoint(Value):
    """Where the game itself runs: an address with a port, or a relay's join code."""

    protocol: str
    address: str | None = None
    port: int | None = None
    relay_code: str | None = None


class SpentTicket(Value):
    """A ticket that a game server has let somebody in with; remembered for as long as it could be shown again."""

    id: str
    expires_at: Instant


class Session(Value):
    """One dungeon run started from a party; `players` are those inside, in the order in which they entered."""

    id: SessionId
    party_id: PartyId
    status: SessionStatus
    players: tuple[Player, ...]
    game_type: GameType
    difficulty: str
    created_at: Instant
    floor: int = 1
    endpoint: Endpoint | None = None
    attributes: Attributes = ()
    started_at: Instant | None = None
    ended_at: Instant | None = None
    outcome: str | None = None
    allocation: str | None = None
    """What an allocator gave for this session, by the name it gave it; None where nothing is to be given back."""
    server_seen_at: Instant | None = None
    """When the game server that took the session was last heard of, to within a step; None: none took it."""
    arrived: tuple[PlayerId, ...] = ()
    """Those of the players whom the game server has let in."""
    spent: tuple[SpentTicket, ...] = ()
    """The tickets that are used up and have not expired by themselves."""

    def has(self, player_id: PlayerId) -> bool:
        return any(player.id == player_id for player in self.players)


class Departure(Value):
    """How and when a player last left; what bans, the kick cooldown and a late resume are judged by."""

    player_id: PlayerId
    reason: LeaveReason
    at: Instant
    seq: int
    """The entry by which the player left."""


class Party(Value):
    """Up to eight players who stay together across runs: the fold of the party's log up to entry `version`."""

    id: PartyId
    epoch: str
    """Names this log: a cursor of another epoch belongs to a log that is lost, or to another party."""
    version: int
    state: PartyState
    settings: PartySettings
    join_code: str
    created_at: Instant
    changed_at: Instant
    """When the newest entry was made."""
    leader_id: PlayerId | None = None
    """None only in a party that is made without its first member, and in a closed one."""
    term: int = 1
    members: tuple[Member, ...] = ()
    """In the order in which they joined."""
    attributes: Attributes = ()
    session: Session | None = None
    """The session that is being started or runs."""
    last_session: Session | None = None
    """The session that ended last."""
    starts_at: Instant | None = None
    forced: bool = False
    """Whether the running countdown was started over the heads of those not ready."""
    departures: tuple[Departure, ...] = ()
    """The latest departure of each former member, oldest first; bounded, see `evolve`."""
    last_member_ids: tuple[PlayerId, ...] = ()
    """Those who were in it when it closed."""
    acted_version: int = 1
    """The newest entry that `if_version` minds: any but messages and connections."""
    leader_acted_at: Instant = 0
    others_ready_since: Instant | None = None
    """Since when all members but the leader are ready in WAITING; None while they are not, or there are none."""

    def member(self, player_id: PlayerId | None) -> Member | None:
        for member in self.members:
            if member.player.id == player_id:
                return member
        return None

    @property
    def leader(self) -> Member | None:
        return self.member(self.leader_id)

    def is_ready(self, member: Member) -> bool:
        return member.ready_for == self.settings.version

    def departure(self, player_id: PlayerId) -> Departure | None:
        for departure in self.departures:
            if departure.player_id == player_id:
                return departure
        return None

    @property
    def is_closed(self) -> bool:
        return self.state is PartyState.CLOSED

    @property
    def free_seats(self) -> int:
        return max(0, self.settings.max_members - len(self.members))

    @property
    def shown_session(self) -> Session | None:
        """The session that is being started or runs, or else the last one that ended."""
        return self.session or self.last_session

    @property
    def has_connected_member(self) -> bool:
        return any(member.remove_at is None for member in self.members)

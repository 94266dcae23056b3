"""A session of a party, as frozen values without rules. Stores write them as JSON, as those of `model.py`."""

from __future__ import annotations

from lobby.domain.attributes_and_endpoints import Attributes, Endpoint
from lobby.domain.identities import Player
from lobby.domain.values import (
    Attester,
    GameType,
    HostChangeReason,
    Instant,
    PartyId,
    PlayerId,
    SessionId,
    SessionStatus,
)
from lobby.struct import Struct


class SpentTicket(Struct):
    """A ticket with which a player has entered a game server. It is remembered until it expires, so that it works only once."""

    id: str
    expires_at: Instant
    player_id: PlayerId | None = None
    """None in a log that was written before tickets were counted by player."""


class Seat(Struct):
    """A player of a session, with the class and the team that the player had on entering it."""

    player: Player
    character_class: str | None = None
    team: int | None = None


class SessionHost(Struct):
    """The player whose game the others connect to."""

    player: Player
    term: int
    """1 for the first host of a session. Rises by one with each change of host."""
    since: Instant


class HostMigration(Struct):
    """The host of a session is gone, and another one is being found."""

    previous: Player
    """The player who hosted, or was asked to, before the candidate."""
    reason: HostChangeReason
    term: int
    """The term of the next host."""
    asked: tuple[PlayerId, ...]
    """The last host, and all who have been asked to host since, with the candidate. Nobody is asked twice."""
    candidate: Player | None
    """The player who is asked to host. None while the players who have not been asked are all disconnected."""
    report_by: Instant | None
    """Until when the candidate has to report an endpoint. None if and only if there is no candidate."""


class Checkpoint(Struct):
    """The saved state of a run, as the log has it. The data itself is kept elsewhere, see `lobby.ports.saved_runs`."""

    session_id: SessionId
    """The session that saved it. A session that continues a run has the checkpoint of that run until it saves its own."""
    saved_at: Instant
    bytes: int
    """The size of the data in UTF-8."""
    floor: int
    """The floor that the session had reached."""
    label: str | None = None


class Continuation(Struct):
    """The saved run that the next session of a party continues."""

    checkpoint: Checkpoint
    seed: int | None = None
    """None for a run of an older version, without a seed."""


class Session(Struct, omit_defaults=True):
    """One dungeon run of a party. `players` are the players inside, in the order in which they entered."""

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
    """The allocator's name for the server that it allocated; None if there is nothing to release after the session."""
    server_seen_at: Instant | None = None
    """The time of the last logged sign of life of the game server, up to `Bounds.game_server_step_ms` old; None if no game server
    has taken the session."""
    arrived: tuple[PlayerId, ...] = ()
    """The players inside whom the game server has let in."""
    spent: tuple[SpentTicket, ...] = ()
    """The tickets that have been used and have not expired."""
    seats: tuple[Seat, ...] = ()
    """One for each player who has entered, also if the player has left since; `evolve` bounds their number. Empty before the
    session begins."""
    host: SessionHost | None = None
    """One of the players inside, or in an ended session the last host. None while a new host is being found, and if no player
    hosts the session."""
    host_away_since: Instant | None = None
    """The time since when the host has been disconnected and another player inside connected; None otherwise."""
    migration: HostMigration | None = None
    """Set only while a new host is being found."""
    checkpoint: Checkpoint | None = None
    """The latest checkpoint. A session that continues a run has the checkpoint of that run until it saves its own."""

    seed: int | None = None
    """63 random bits, the same for the whole session. None in a session of an older version."""
    load_wait_s: int = 0
    """The setting of the party at the start."""
    endpoint_at: Instant | None = None
    """The time when the endpoint became known; None before that."""
    loaded: tuple[PlayerId, ...] = ()
    """The players inside whose game has loaded."""
    go_at: Instant | None = None
    """`go_at` of SessionGo. None: SessionGo has not come yet, or the session does not wait for it; see `play_at`."""
    first_seq: int | None = None
    """The entry with which the countdown began. None in a session of an older version."""
    last_seq: int | None = None
    """The entry with which the session ended."""
    attested_by: Attester | None = None
    """The reporter of the end; None without a report: everybody left, or the game server was silent."""

    @property
    def play_at(self) -> Instant | None:
        """When play begins for all at once; None while it is not known."""
        return self.started_at if self.load_wait_s == 0 and self.go_at is None else self.go_at

    def has_player(self, player_id: PlayerId) -> bool:
        return any(player.id == player_id for player in self.players)

    def seat(self, player_id: PlayerId) -> Seat | None:
        return next((seat for seat in self.seats if seat.player.id == player_id), None)

    @property
    def has_saved(self) -> bool:
        """True if this session has saved a checkpoint of its own."""
        return self.checkpoint is not None and self.checkpoint.session_id == self.id

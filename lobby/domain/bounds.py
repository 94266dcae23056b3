"""The limits and times of the rules that an operator can set. The defaults are those of the design."""

from __future__ import annotations

from lobby.domain.values import PartyState
from lobby.struct import Struct

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS


class Bounds(Struct):
    """Limits and times of the rules; each is a setting of the server."""

    difficulties: tuple[str, ...] = ("Easy", "Normal", "Hard")
    character_classes: tuple[str, ...] = ()
    """Empty: any class name is allowed."""
    members_max: int = 8
    countdown_default_s: int = 5
    countdown_max_s: int = 30
    grace_waiting_ms: int = 30 * SECOND_MS
    grace_starting_ms: int = 10 * SECOND_MS
    grace_in_progress_ms: int = 120 * SECOND_MS
    leader_grace_ms: int = 10 * SECOND_MS
    leader_idle_ms: int = 60 * SECOND_MS
    kick_cooldown_ms: int = 60 * SECOND_MS
    allocation_ms: int = 30 * SECOND_MS
    game_server_silence_ms: int = 60 * SECOND_MS
    """A session is abandoned when the game server that took it has sent nothing for this long."""
    host_grace_ms: int = 10 * SECOND_MS
    """How long the host of a session may be disconnected while another player of the session is connected."""
    host_report_ms: int = 15 * SECOND_MS
    """How long a player who is asked to host has to report an endpoint."""
    idle_ms: int = 6 * HOUR_MS
    """A WAITING party closes after this long without an event."""
    bans_max: int = 100
    reservation_ms: int = 30 * MINUTE_MS
    """How long the seats of the other players of a continued run are held for them."""
    invite_ms: int = 5 * MINUTE_MS
    """How long an invite can be accepted."""
    invites_max: int = 8
    """Pending invites of a party."""
    blocks_max: int = 500
    """Players whom one player may block."""
    waiting_max: int = 16
    """How many players may wait for a seat in a party."""
    waiting_check_ms: int = 5 * MINUTE_MS
    """The interval at which the server checks whether a player on the waiting list is connected."""
    seat_hold_ms: int = 20 * SECOND_MS
    """How long a free seat is held for a player on the waiting list."""
    search_ms: int = 10 * MINUTE_MS
    """How long a search for other parties may take."""
    match_accept_ms: int = 15 * SECOND_MS
    """How long the players of a proposed match have to accept it."""
    smaller_match_ms: int = 60 * SECOND_MS
    """After this long a search takes a match of fewer players than it wants."""

    @property
    def game_server_step_ms(self) -> int:
        """How old the last logged sign of life of a game server must be before the next is logged. Others are not logged."""
        return self.game_server_silence_ms // 6

    def grace_ms(self, state: PartyState) -> int:
        """How long a disconnected member keeps the seat. `state` is that of the party at the disconnect."""
        if state is PartyState.STARTING:
            return self.grace_starting_ms
        if state is PartyState.IN_PROGRESS:
            return self.grace_in_progress_ms
        return self.grace_waiting_ms

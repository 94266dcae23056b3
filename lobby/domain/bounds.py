"""The bounds and times that the rules go by, as the operator set them. The defaults are those of the design."""

from __future__ import annotations

from lobby.domain.values import PartyState
from lobby.value import Value

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS


class Bounds(Value):
    """What an operator may set about the rules."""

    difficulties: tuple[str, ...] = ("Easy", "Normal", "Hard")
    character_classes: tuple[str, ...] = ()
    """Empty when any class name goes."""
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
    """After this much silence of the game server that took it, a session is abandoned."""
    idle_ms: int = 6 * HOUR_MS
    """How long a WAITING party may stay without an event."""
    bans_max: int = 100

    @property
    def game_server_step_ms(self) -> int:
        """How much longer than it says a game server may have been heard of: not every sign of life is an entry of the log."""
        return self.game_server_silence_ms // 6

    def grace_ms(self, state: PartyState) -> int:
        """How long a disconnected member keeps the seat, by the state of the party at the disconnect."""
        if state is PartyState.STARTING:
            return self.grace_starting_ms
        if state is PartyState.IN_PROGRESS:
            return self.grace_in_progress_ms
        return self.grace_waiting_ms

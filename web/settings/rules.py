"""Settings of the rules of the lobby, and of the service that finds game servers for sessions."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from lobby.allocators import AllocatorSettings
from lobby.domain.bounds import HOUR_MS, SECOND_MS, Bounds
from web.settings.server import SettingsGroup


def to_ms(seconds: float) -> int:
    """Seconds of a setting as the milliseconds that the core counts in."""
    return round(seconds * SECOND_MS)


class RuleSettings(SettingsGroup):
    """Rules of parties"""

    difficulties: list[str] = Field(["Easy", "Normal", "Hard"], min_length=1)
    """The difficulties that a party may choose. The first is the default."""
    character_classes: list[str] = Field([])
    """The character classes that a member may choose. If the list is empty, any name is accepted."""
    members_max: int = Field(8, ge=2, le=8)
    """The largest number of members that a party may have."""
    countdown_s: int = Field(5, ge=0, le=30)
    """Seconds of the countdown of a party whose settings do not say."""
    grace_waiting_s: float = Field(30, gt=0)
    """Seconds for which a member who has lost the connection keeps the seat, while the party is waiting."""
    grace_starting_s: float = Field(10, gt=0)
    """The same during the countdown."""
    grace_in_progress_s: float = Field(120, gt=0)
    """The same during a session."""
    leader_grace_s: float = Field(10, gt=0)
    """Seconds for which a leader may be disconnected before another member becomes the leader."""
    leader_idle_s: float = Field(60, gt=0)
    """Seconds for which all other members have to be ready before one of them may claim the leadership."""
    kick_cooldown_s: float = Field(60, ge=0)
    """Seconds for which a kicked player can't join the party again."""
    reservation_s: float = Field(1800, gt=0)
    """Seconds for which the seats of the other players of a continued run are held for them."""
    invite_s: float = Field(300, gt=0)
    """Seconds for which an invite to a party can be accepted."""
    invites_max: int = Field(8, ge=1, le=8)
    """Invites of a party that may be pending at once."""
    blocks_max: int = Field(500, ge=1, le=500)
    """Players whom one player may block."""
    waiting_max: int = Field(16, ge=1, le=16)
    """How many players may wait for a seat in a full party."""
    waiting_check_s: float = Field(300, gt=0)
    """Seconds between two checks whether a player who waits for a seat is connected to the inbox. A player who is not, twice in a
    row, waits no longer."""
    seat_hold_s: float = Field(20, gt=0)
    """Seconds for which a seat that has come free is held for the first player who waits for it."""
    search_s: float = Field(600, gt=0)
    """Seconds that a search of a party for other parties may take."""
    match_accept_s: float = Field(15, gt=0)
    """Seconds that the players of a proposed match have to accept it."""
    smaller_match_s: float = Field(60, gt=0)
    """Seconds after which a search takes a match of fewer players than it wants."""
    idle_h: float = Field(6, gt=0)
    """Hours without any activity after which a party closes."""

    allocation_s: float = Field(30, gt=0)
    """Seconds that finding a game server for a session may take, with all attempts."""
    game_server_silence_s: float = Field(60, gt=0)
    """Seconds without a report of its game server after which a session is abandoned."""

    host_grace_s: float = Field(10, gt=0)
    """Seconds for which the host of a session may be disconnected before another player is asked to host it."""
    host_report_s: float = Field(15, gt=0)
    """Seconds that a player who is asked to host has to report an endpoint."""

    def bounds(self) -> Bounds:
        return Bounds(
            difficulties=tuple(self.difficulties),
            character_classes=tuple(self.character_classes),
            members_max=self.members_max,
            countdown_default_s=self.countdown_s,
            grace_waiting_ms=to_ms(self.grace_waiting_s),
            grace_starting_ms=to_ms(self.grace_starting_s),
            grace_in_progress_ms=to_ms(self.grace_in_progress_s),
            leader_grace_ms=to_ms(self.leader_grace_s),
            leader_idle_ms=to_ms(self.leader_idle_s),
            kick_cooldown_ms=to_ms(self.kick_cooldown_s),
            allocation_ms=to_ms(self.allocation_s),
            game_server_silence_ms=to_ms(self.game_server_silence_s),
            host_grace_ms=to_ms(self.host_grace_s),
            host_report_ms=to_ms(self.host_report_s),
            reservation_ms=to_ms(self.reservation_s),
            invite_ms=to_ms(self.invite_s),
            invites_max=self.invites_max,
            blocks_max=self.blocks_max,
            waiting_max=self.waiting_max,
            waiting_check_ms=to_ms(self.waiting_check_s),
            seat_hold_ms=to_ms(self.seat_hold_s),
            search_ms=to_ms(self.search_s),
            match_accept_ms=to_ms(self.match_accept_s),
            smaller_match_ms=to_ms(self.smaller_match_s),
            idle_ms=round(self.idle_h * HOUR_MS),
        )


class GameServerSettings(SettingsGroup):
    """Game servers"""

    allocator: Literal["none", "static", "webhook"] = "none"
    """The way to find the game server of a session: `none` (the leader or a game server reports it), `static` (a list) or
    `webhook` (an HTTP service of yours). See [game-servers.md](game-servers.md)."""
    players_host: bool = True
    """For `none`: a player hosts each session, at first the leader, then another player when the host is gone. If it is off, the
    leader reports the endpoint, and no other player takes the place of a host. See [upgrade.md](upgrade.md)."""
    game_servers: list[str] = Field([])
    """For `static`: the game servers, such as `["udp://play1.example:7777?capacity=8"]`."""
    allocator_url: str | None = None
    """For `webhook`: the URL of the service."""
    allocator_secret: SecretStr | None = None
    """For `webhook`: the secret that messages are signed with, `whsec_` and the base64 of 24 to 64 random bytes."""
    allocator_timeout_s: float = Field(5, gt=0)
    """For `webhook`: seconds that one answer may take."""

    @model_validator(mode="after")
    def _check_allocator(self) -> Self:
        if self.game_servers and self.allocator != "static":
            raise ValueError(f"LOBBY_GAME_SERVERS needs LOBBY_ALLOCATOR=static, and it is {self.allocator}")
        if self.allocator_url and self.allocator != "webhook":
            raise ValueError(f"LOBBY_ALLOCATOR_URL needs LOBBY_ALLOCATOR=webhook, and it is {self.allocator}")
        return self

    def allocator_settings(self) -> AllocatorSettings:
        return AllocatorSettings(
            kind=self.allocator,
            players_host=self.players_host,
            game_servers=self.game_servers,
            url=self.allocator_url,
            secret=self.allocator_secret.get_secret_value() if self.allocator_secret else None,
            timeout_s=self.allocator_timeout_s,
        )

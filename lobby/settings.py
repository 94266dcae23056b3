"""What an operator can set. Read by `server.py` and passed on from there; nothing else reads the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from lobby.allocators.chosen import Choice
from lobby.auth.external.issuer import Issuer
from lobby.auth.hashed_keys import HashedKeys, hash_of
from lobby.auth.secret import Secret
from lobby.domain.bounds import HOUR_MS, SECOND_MS, Bounds
from lobby.http.sockets.limits import SocketLimits
from lobby.limit_settings import LimitSettings
from lobby.ports import Retention
from lobby.stores.valkey import is_valkey


def ms(seconds: float) -> int:
    """Seconds of a setting as the milliseconds that the core counts in."""
    return round(seconds * SECOND_MS)


class Settings(LimitSettings, BaseSettings):
    """Environment variables, `LOBBY_` in front, or a `.env` file. The unit of each is in its name."""

    model_config = SettingsConfigDict(env_prefix="LOBBY_", env_file=".env", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    store: str = "sqlite:///data/lobby.db"
    secret: SecretStr | None = None
    """What all tokens are signed with. Made and kept beside the data when missing."""
    previous_secrets: list[SecretStr] = []
    """What `secret` was before: tickets and tokens signed with them are still good."""
    service_key: SecretStr | None = None
    """What game servers send as their Bearer token; `service_keys` needs no key in plain words here."""
    service_keys: list[str] = []
    """Hashes of keys of game servers, as `python -m lobby.auth.keys` prints them."""
    operator_keys: list[str] = []
    """Hashes of keys of operators."""
    issuers: list[Issuer] = []
    """Issuers whose players are let in by their tokens, besides guests."""
    guests: bool = True
    """Whether anybody may become a player as a guest."""
    allowed_origins: list[str] = []
    """Origins of pages elsewhere that may call this server (CORS) and open sockets, such as a WebGL build's."""
    open_rest: bool = False
    """Whether REST and /updates take callers without credentials as whoever they say they are."""
    legacy_sockets: bool = True
    trusted_documents_only: bool = False
    """Whether operations other than those of client_queries/ are refused."""

    difficulties: list[str] = Field(["Easy", "Normal", "Hard"], min_length=1)
    character_classes: list[str] = []
    members_max: int = Field(8, ge=2, le=8)
    countdown_s: int = Field(5, ge=0, le=30)
    kick_cooldown_s: float = Field(60, ge=0)
    idle_h: float = Field(6, gt=0)
    grace_waiting_s: float = Field(30, gt=0)
    grace_starting_s: float = Field(10, gt=0)
    grace_in_progress_s: float = Field(120, gt=0)
    leader_grace_s: float = Field(10, gt=0)
    leader_idle_s: float = Field(60, gt=0)
    allocation_s: float = Field(30, gt=0)
    allocator: Literal["none", "static", "webhook"] = "none"
    """Who finds the endpoint of a session that begins; none: the leader or a game server reports it."""
    game_servers: list[str] = []
    """For the static one: game servers as udp://play1.example:7777?capacity=8."""
    allocator_url: str | None = None
    allocator_secret: SecretStr | None = None
    """What the webhook's messages are signed with: whsec_ and base64."""
    allocator_timeout_s: float = Field(5, gt=0)
    game_server_silence_s: float = Field(60, gt=0)

    heartbeat_s: float = Field(10, gt=0)
    follower_queue_max: int = Field(256, ge=1)
    stalled_send_s: float = Field(20, gt=0)
    log_kept_min: int = Field(1000, ge=1)
    """Entries that every party's log keeps at least."""
    log_kept_h: float = Field(24, gt=0)
    access_token_min: float = Field(15, gt=0)
    refresh_token_days: float = Field(30, gt=0)
    ticket_s: float = Field(60, gt=0, le=3600)
    ticket_key_days: float = Field(30, ge=0.1)
    """How long one key signs tickets; it is published for as long before and after. Far longer than a ticket lives."""

    def bounds(self) -> Bounds:
        return Bounds(
            difficulties=tuple(self.difficulties),
            character_classes=tuple(self.character_classes),
            members_max=self.members_max,
            countdown_default_s=self.countdown_s,
            grace_waiting_ms=ms(self.grace_waiting_s),
            grace_starting_ms=ms(self.grace_starting_s),
            grace_in_progress_ms=ms(self.grace_in_progress_s),
            leader_grace_ms=ms(self.leader_grace_s),
            leader_idle_ms=ms(self.leader_idle_s),
            kick_cooldown_ms=ms(self.kick_cooldown_s),
            allocation_ms=ms(self.allocation_s),
            game_server_silence_ms=ms(self.game_server_silence_s),
            idle_ms=round(self.idle_h * HOUR_MS),
        )

    def socket_limits(self) -> SocketLimits:
        return SocketLimits(
            init_wait_s=self.init_wait_s,
            frame_bytes_max=self.frame_bytes_max,
            operations_max=self.operations_per_socket_max,
            stalled_send_s=self.stalled_send_s,
        )

    def allocator_choice(self) -> Choice:
        return Choice(
            kind=self.allocator,
            game_servers=self.game_servers,
            url=self.allocator_url,
            secret=self.allocator_secret.get_secret_value() if self.allocator_secret else None,
            timeout_s=self.allocator_timeout_s,
        )

    def retention(self) -> Retention:
        return Retention(entries_min=self.log_kept_min, log_ms=round(self.log_kept_h * HOUR_MS))

    def previous_secret_values(self) -> list[Secret]:
        return [Secret.of(secret.get_secret_value()) for secret in self.previous_secrets]

    def service_key_hashes(self) -> HashedKeys:
        plain = [hash_of(self.service_key.get_secret_value())] if self.service_key else []
        return HashedKeys([*plain, *self.service_keys])

    def secret_value(self) -> Secret:
        """The secret that is set, or the one beside the data; a store without data has one for this process alone.

        Nodes that share a store have to be told theirs: beside the shared data, whoever reads those could sign in as anybody.
        """
        if self.secret is not None:
            return Secret.of(self.secret.get_secret_value())
        if is_valkey(self.store):
            raise ValueError("LOBBY_SECRET must be set, to the same value on every node, where nodes share a store")
        path = self.store.removeprefix("sqlite:///")
        return Secret.kept_in(Path(path).with_name("secret")) if path != self.store else Secret.made()


def read_settings(asked: dict[str, Any]) -> Settings:
    """The settings; one that can't be is told in a line by the name that an operator knows it by."""
    try:
        return Settings(**asked)
    except SettingsError as error:
        raise SystemExit(f"A setting that should be JSON is none: {error}") from None
    except ValidationError as error:
        lines = (f"LOBBY_{str(one['loc'][0]).upper()}{_within(one['loc'])}: {one['msg']}" for one in error.errors())
        raise SystemExit("\n".join(lines)) from None


def _within(place: tuple[int | str, ...]) -> str:
    """Where in a setting that has parts."""
    return "".join(f".{part}" for part in place[1:])

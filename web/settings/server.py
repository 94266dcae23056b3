"""Settings of the server: where it listens, what it serves, and where it stores parties."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, field_validator, model_validator

from lobby.domain.bounds import HOUR_MS
from lobby.live.deadlines_and_retention import SWEEP_INTERVAL_S
from lobby.ports import Retention
from web.graphql.sse import StreamLimits
from web.http.origins import normalize_origin

_is_host_name = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63}){0,126}").fullmatch

SQLITE = "sqlite:///"
_PARTS = Path(__file__).parents[2]
ROOT = _PARTS if (_PARTS / "pyproject.toml").is_file() else Path.cwd()
"""Relative paths of settings start here: in a clone in the folder of server.py, so that the working directory does not matter.

The folder of an installed server belongs to the package manager, so there they start in the working directory.
"""


class SettingsGroup(BaseModel):
    """Base of the settings of one subject. The text under a field is its meaning in docs/settings.md.

    Pydantic could read these texts, but at every start, and it took a tenth of the time. `tools/reference_pages.py` reads them.
    """


class ServerSettings(SettingsGroup):
    """Server"""

    host: str = "127.0.0.1"
    """The address to listen on. `0.0.0.0` means every IPv4 address of the machine."""
    port: int = Field(8000, ge=0, le=65535)
    """The TCP port to listen on. 0 means any free port."""
    socket: Path | None = None
    """A Unix socket to listen on instead of address and port, such as `/run/lobby/http.sock`, for its owner and group. The server
    believes their `X-Forwarded-For` header: a proxy must set it, not append to it."""
    tls_cert_file: Path | None = None
    """A file with the certificate and its chain (PEM), for TLS without a proxy. A new certificate needs a restart."""
    tls_key_file: Path | None = None
    """The file with the key of that certificate (PEM), without a password."""
    trusted_proxies: list[str] = Field([])
    """Addresses or networks (CIDR) of proxies whose `X-Forwarded-For` header the server believes."""
    shared_addresses: list[str] = Field([])
    """Addresses or networks (CIDR) behind which many players have one address, such as a proxy's that does not report it. There
    limits by address count by player, see [limits.md](limits.md)."""
    allowed_origins: list[str] = Field([])
    """Origins of web pages on other hosts, such as a WebGL build, that may call this server (CORS) and open sockets."""
    allowed_hosts: list[str] = Field([])
    """Names under which clients reach an open server (`LOBBY_OPEN_REST`), such as `lobby.example`, without a port. `localhost`
    and IP addresses are always allowed. Under other names any web page could act as its visitor (DNS rebinding)."""
    root_path: str = ""
    """The prefix under which a proxy serves this server, such as `/lobby`. The proxy may leave it in the path; if it removes
    it, the fast path takes GraphQL's requests."""
    open_rest: bool = False
    """Let REST and /updates accept callers without credentials under the `player_id` that they send. Only for trusted
    networks."""
    legacy_sockets: bool = True
    """Speak the older WebSocket subprotocol `graphql-ws` too."""
    graphiql: bool = True
    """Show browsers the GraphiQL page at /graphql."""
    console: bool = True
    """Serve the operators' console at `/console`. It needs an operator key or a moderator key (see
    [operating.md](operating.md#the-console))."""
    introspection: bool = True
    """Let every client query the schema. Without it, error messages do not suggest names either."""
    trusted_documents_only: bool = False
    """Refuse GraphQL operations other than those in `client_queries/`."""
    fast: bool = True
    """Use the parts in `web/fast/`. Without them the server gives the same answers, but takes more time."""

    @field_validator("socket", "tls_cert_file", "tls_key_file")
    @classmethod
    def _find_file(cls, path: Path | None) -> Path | None:
        return ROOT / path if path is not None else None

    @field_validator("trusted_proxies", "shared_addresses")
    @classmethod
    def _check_networks(cls, networks: list[str]) -> list[str]:
        for network in networks:
            ip_network(network, strict=False)  # the ValueError says what is wrong
        return networks

    @field_validator("root_path")
    @classmethod
    def _check_prefix(cls, root_path: str) -> str:
        prefix = root_path.rstrip("/")
        if prefix and not prefix.startswith("/"):
            raise ValueError(f"{root_path!r} is not a path such as /lobby")
        return prefix

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, hosts: list[str]) -> list[str]:
        for host in hosts:
            if not _is_host_name(host.lower()):
                raise ValueError(f"{host!r} is not the name of a host such as lobby.example")
        return [host.lower() for host in hosts]

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, origins: list[str]) -> list[str]:
        return [normalize_origin(origin) for origin in origins]

    @model_validator(mode="after")
    def _check_tls(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("LOBBY_TLS_CERT_FILE and LOBBY_TLS_KEY_FILE: set both or none")
        return self

    @property
    def is_behind_proxy(self) -> bool:
        """True if the kernel sees the addresses of proxies, and not those of clients."""
        return bool(self.trusted_proxies) or self.socket is not None


class StorageSettings(SettingsGroup):
    """Storage"""

    store: str = "sqlite:///data/lobby.db"
    """The store of parties: `sqlite:///PATH`; `memory://`, which keeps nothing after the process; or the address of
    a Valkey or Redis that several nodes share, such as `valkey://host:6379/0` (see [valkey.md](valkey.md)). A relative PATH
    starts at the folder of server.py, or, where the server is installed as a package, at the working directory."""
    valkey_folder: Path = Path("data/valkey")
    """The folder for the data of the Valkey that `--workers` starts if the store is not set (see [nodes.md](nodes.md))."""
    copy_before_update: bool = True
    """Copy the file of an older server before its tables are changed, beside it (see [upgrade.md](upgrade.md)). It needs as much
    space as the file."""
    log_kept_min: int = Field(1000, ge=1)
    """The number of latest entries that the log of every party keeps at least."""
    log_kept_h: float = Field(24, gt=0)
    """How many hours an entry of a log is kept at least."""
    log_bytes_per_party_max: int = Field(16_777_216, ge=1_048_576)
    """The bytes of a log beyond which its oldest entries go earlier, even if they are among the latest entries. A party whose
    attributes are as long as they may be writes up to 25 KB for an entry, others 0.5 KB."""
    records_kept_h: float = Field(24, gt=0)
    """How many hours the result of a mutation with an idempotency key is kept, for clients that repeat it."""
    checkpoint_days: float = Field(90, gt=0)
    """How many days a saved run is kept after the end of its session."""
    moderation_days: float = Field(365, gt=0)
    """Days for which the acts of moderators, and reports that are resolved, are kept."""
    checkpoints_per_player_max: int = Field(20, ge=1, le=50)
    """The number of saved runs that a player may have. Beyond it, the player's oldest run goes when another is saved."""

    inbox_days: float = Field(7, gt=0)
    """How many days an entry of a player's inbox is kept."""
    inbox_entries_max: int = Field(256, ge=1, le=10_000)
    """The number of latest entries that an inbox keeps at most."""
    sweep_s: float = Field(SWEEP_INTERVAL_S, gt=0)
    """Seconds between two deletions of data that is no longer needed."""

    @field_validator("store")
    @classmethod
    def _from_root(cls, store: str) -> str:
        path = store.removeprefix(SQLITE)
        return f"{SQLITE}{ROOT / path}" if path != store and not Path(path).is_absolute() else store

    @field_validator("valkey_folder")
    @classmethod
    def _folder_from_root(cls, folder: Path) -> Path:
        return ROOT / folder

    def retention(self) -> Retention:
        return Retention(
            entries_min=self.log_kept_min,
            log_ms=round(self.log_kept_h * HOUR_MS),
            log_bytes_max=self.log_bytes_per_party_max,
            idempotency_ms=round(self.records_kept_h * HOUR_MS),
            checkpoint_ms=round(self.checkpoint_days * 24 * HOUR_MS),
            moderation_ms=round(self.moderation_days * 24 * HOUR_MS),
            inbox_ms=round(self.inbox_days * 24 * HOUR_MS),
            inbox_entries_max=self.inbox_entries_max,
        )


class StreamSettings(SettingsGroup):
    """Event streams"""

    heartbeat_s: float = Field(10, gt=0)
    """Seconds without an event after which a stream gets a Heartbeat."""
    follower_queue_max: int = Field(256, ge=1)
    """The number of events that may wait for a slow consumer before it gets a snapshot instead."""
    stalled_send_s: float = Field(20, gt=0)
    """Seconds after which a connection closes whose client reads nothing."""

    reconnect_spread_max_s: float = Field(30, ge=1)
    """The longest time over which followers reconnect when the server shuts down. Below it, the time is 1.5 ms for each
    follower, and at least 2 s."""

    def stream_limits(self) -> StreamLimits:
        return StreamLimits(stalled_send_s=self.stalled_send_s)

"""The addresses of the servers, read from a URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

PORT = 6379
_SCHEMES = {
    "valkey": (False, False),
    "valkeys": (False, True),
    "valkey+cluster": (True, False),
    "valkeys+cluster": (True, True),
}
"""Scheme -> (is a cluster, uses TLS)."""


@dataclass(frozen=True, slots=True)
class Address:
    """One server, or some servers of a cluster. A client learns the others from them."""

    hosts: tuple[tuple[str, int], ...]
    is_cluster: bool = False
    tls: bool = False
    db: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls, url: str) -> Address:
        """Read a URL such as valkey://user:password@host:6379/0 or valkey+cluster://host1,host2. Raises `ValueError`."""
        scheme, _, rest = url.partition("://")
        if scheme not in _SCHEMES:
            raise ValueError(f"{scheme!r} is not the scheme of a Valkey URL")
        is_cluster, tls = _SCHEMES[scheme]
        authority, _, path = rest.partition("/")
        credentials, _, hosts = authority.rpartition("@")
        username, _, password = credentials.partition(":")
        if path not in ("", "0") and (is_cluster or not path.isdecimal()):
            raise ValueError("the path of a Valkey URL is the number of a database; a cluster has only 0")
        return cls(
            tuple(_host(part) for part in hosts.split(",")),
            is_cluster,
            tls,
            int(path or 0),
            unquote(username) or None,
            unquote(password) or None,
        )

    def __str__(self) -> str:
        """As it may be logged: without credentials."""
        kind = "a cluster at " if self.is_cluster else ""
        return kind + ",".join(f"{host}:{port}" for host, port in self.hosts) + (f"/{self.db}" if self.db else "")


def is_valkey(url: str) -> bool:
    return url.partition("://")[0] in _SCHEMES


def _host(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("a Valkey URL must name at least one host")
    return parts.hostname, parts.port or PORT

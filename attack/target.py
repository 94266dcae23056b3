"""The server under attack, and from where."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

ATTACKERS = "127.0.1."
"""All of 127.0.0.0/8 is loopback on Linux, and each attack comes from an address of its own; elsewhere all share the good
client's, and its limits."""


@dataclass(frozen=True, slots=True)
class Target:
    """`pid` and `log` where the server is our own."""

    host: str
    port: int
    pid: int | None = None
    log: Path | None = None
    source: str | None = None
    """Where attackers come from; None: from anywhere."""

    @classmethod
    def at(cls, url: str) -> Target:
        parts = urlsplit(url)
        if parts.hostname is None or parts.scheme != "http":
            raise SystemExit(f"not the address of a server over http: {url}")
        return cls(parts.hostname, parts.port or 80)

    def attacked_from(self, number: int) -> Target:
        """The same, for the attack of that number."""
        source = f"{ATTACKERS}{number % 254 + 1}" if self.is_loopback else None
        return replace(self, source=source if source is not None and _is_ours(source) else None)

    @property
    def is_loopback(self) -> bool:
        return self.host == "localhost" or self.host.startswith("127.")

    def memory_kib(self) -> int | None:
        """Of the server's memory, what is in RAM."""
        if self.pid is None:
            return None
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return None

    def descriptors(self) -> int | None:
        """How many files and sockets the server has open."""
        if self.pid is None:
            return None
        with suppress(OSError):
            return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))
        return None


def _is_ours(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True

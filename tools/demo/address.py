"""The address of a server, and the URLs of its two transports."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Address:
    """`base` has no slash at its end, such as `http://127.0.0.1:8000`."""

    base: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read the base address or that of `/graphql`. Raises `ValueError` unless it is an http or https address."""
        parts = urlsplit(text if "://" in text else f"http://{text}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http or https address: {text}")
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/graphql')}")

    @property
    def http(self) -> str:
        return f"{self.base}/graphql"

    @property
    def socket(self) -> str:
        return f"ws{self.http.removeprefix('http')}"

    @property
    def is_loopback(self) -> bool:
        """True for this machine, which is reached without the proxy that the environment may name."""
        return urlsplit(self.base).hostname in LOOPBACK_HOSTS

"""The address of a server, and the URLs of its two transports."""

from __future__ import annotations

from argparse import ArgumentTypeError
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
        problem = f"not an http or https address: {text}"
        try:
            parts = urlsplit(text if "://" in text else f"http://{text}")
            port = parts.port
        except ValueError as error:
            raise ValueError(f"{problem} ({error})") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise ValueError(problem)
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/graphql')}")

    @classmethod
    def argument(cls, text: str) -> Address:
        """As `parse`, for argparse, which shows the message of this error alone."""
        try:
            return cls.parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

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

"""Whose word counts about where a client is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from lobby.http.address import address_of, counted_as
from lobby.http.serving import ServingLimits
from tests.serving import served


async def whereabouts(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers the address that a request is counted under."""
    if scope["type"] == "lifespan":
        for part in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{part}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": address_of(scope).encode()})


@contextmanager
def behind(*proxies: str) -> Iterator[str]:
    with served(whereabouts, limits=ServingLimits(trusted_proxies=proxies)) as url:
        yield url


def seen(url: str, told: str) -> str:
    return httpx.get(url, headers={"x-forwarded-for": told, "forwarded": f"for={told}"}).text


def test_nobody_is_believed_unless_set() -> None:
    with behind() as url:
        assert seen(url, "203.0.113.1") == "127.0.0.1"


@pytest.mark.parametrize("proxies", ["127.0.0.1", "127.0.0.0/8"])
def test_a_trusted_proxy_is_believed(proxies: str) -> None:
    with behind(proxies) as url:
        assert seen(url, "203.0.113.1") == "203.0.113.1"


def test_another_proxy_is_not() -> None:
    with behind("10.0.0.0/8") as url:
        assert seen(url, "203.0.113.1") == "127.0.0.1"


def test_what_a_client_says_ahead_of_the_proxy_does_not_count() -> None:
    """A proxy adds the address that it saw at the end; all before that came from the client."""
    with behind("127.0.0.1") as url:
        assert seen(url, "198.51.100.9, 203.0.113.1") == "203.0.113.1"


def test_a_chain_of_trusted_proxies_is_followed_to_its_end() -> None:
    with behind("127.0.0.1", "10.0.0.0/8") as url:
        assert seen(url, "198.51.100.9, 203.0.113.1, 10.9.9.9, 10.0.0.8") == "203.0.113.1"


def test_an_address_that_is_none_harms_nobody() -> None:
    odd = ("", "unknown", "a" * 5_000, "203.0.113.1:x:y", "[::1", ",,,", "é")
    with behind("127.0.0.1") as url:
        answers = [httpx.get(url, headers={b"x-forwarded-for": each.encode()}) for each in odd]

    assert [200] * len(odd) == [answer.status_code for answer in answers]
    assert max(len(answer.text) for answer in answers) <= 64


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("::ffff:203.0.113.1", "203.0.113.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not an address", "not an address"),
    ],
)
def test_a_block_of_ipv6_counts_as_one_address(host: str, counted: str) -> None:
    assert counted == counted_as(host)

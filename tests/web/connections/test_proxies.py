"""The address of a client, directly and behind proxies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from tests.serving import served
from web.connections.connection_limits import address_key, address_of
from web.serving import ServingLimits


async def whereabouts(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that responds with the address that a request is counted under."""
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


def test_x_forwarded_for_is_ignored_by_default() -> None:
    with behind() as url:
        assert seen(url, "203.0.113.1") == "127.0.0.1"


@pytest.mark.parametrize("proxies", ["127.0.0.1", "127.0.0.0/8"])
def test_x_forwarded_for_of_a_trusted_proxy_counts(proxies: str) -> None:
    with behind(proxies) as url:
        assert seen(url, "203.0.113.1") == "203.0.113.1"


def test_x_forwarded_for_of_another_proxy_is_ignored() -> None:
    with behind("10.0.0.0/8") as url:
        assert seen(url, "203.0.113.1") == "127.0.0.1"


def test_addresses_that_the_client_itself_sent_do_not_count() -> None:
    """A proxy adds the address that it saw at the end. Everything before that comes from the client."""
    with behind("127.0.0.1") as url:
        assert seen(url, "198.51.100.9, 203.0.113.1") == "203.0.113.1"


def test_the_last_address_before_a_chain_of_trusted_proxies_counts() -> None:
    with behind("127.0.0.1", "10.0.0.0/8") as url:
        assert seen(url, "198.51.100.9, 203.0.113.1, 10.9.9.9, 10.0.0.8") == "203.0.113.1"


def test_an_invalid_address_does_no_harm() -> None:
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
def test_an_ipv6_64_counts_as_one_address(host: str, counted: str) -> None:
    assert counted == address_key(host)

"""The demo reads the address of a server in the forms that people write."""

from __future__ import annotations

import pytest

from tools.demo.address import Address


@pytest.mark.parametrize(
    "text", ["http://10.0.0.7:8000", "10.0.0.7:8000", "http://10.0.0.7:8000/", "http://10.0.0.7:8000/graphql/"]
)
def test_an_address_may_have_a_scheme_and_a_path_or_neither(text: str) -> None:
    address = Address.parse(text)
    assert (address.http, address.socket) == (
        "http://10.0.0.7:8000/graphql",
        "ws://10.0.0.7:8000/graphql",
    )


def test_https_means_tls_on_both_transports() -> None:
    address = Address.parse("https://example.org/lobby")
    assert (address.http, address.socket) == (
        "https://example.org/lobby/graphql",
        "wss://example.org/lobby/graphql",
    )


@pytest.mark.parametrize("text", ["", "ftp://10.0.0.7", "http://", "ws://10.0.0.7:8000"])
def test_an_address_that_is_not_http_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="not an http or https address"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("text", "is_loopback"),
    [("http://127.0.0.1:8000", True), ("http://[::1]:8000", True), ("localhost:8000", True), ("10.0.0.7", False)],
)
def test_only_loopback_addresses_are_reached_without_a_proxy(text: str, is_loopback: bool) -> None:
    assert Address.parse(text).is_loopback is is_loopback

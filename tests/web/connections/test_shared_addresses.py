"""Behind an address that many players share, limits by address count by player, and all strangers together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lobby.auth.caller import Caller
from lobby.domain.model import Player
from tests.graphql_ws_client import open_client
from tests.web.rest_client import SIGN_IN, Rest, guest, running
from web.connections.shared_addresses import SHARES, SharedAddresses, key_of_caller

REQUESTS = 6
GUEST_OR_NOT = SIGN_IN.replace("{ ...", "{ ... on Rejection { code } ...", 1)
ME = "{ me { id } }"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The whole server, which sees all clients of these tests behind one shared address."""
    with running(
        shared_addresses=["127.0.0.0/8", "fd00::/8"],
        rate_limits=True,
        guests_per_address_min=2,
        requests_per_address_s=0.01,
        requests_per_address_burst=REQUESTS,
        connections_per_address_max=1,
    ) as url:
        yield url


def test_a_player_has_the_limits_of_an_address_and_the_next_player_too(url: str) -> None:
    ann, bob = guest(url), guest(url, "Bob")
    statuses = [ann.post("/graphql", {"query": ME}).status_code for _ in range(REQUESTS + 2)]
    assert statuses == [200] * REQUESTS + [429] * 2
    assert ann.get("/sessions").status_code == 429, "on every path"
    assert bob.graphql(ME) == {"me": {"id": bob.id}}
    assert "serverInfo" in Rest(url).graphql("{ serverInfo { version } }")


async def test_sockets_count_for_their_players(url: str) -> None:
    """An address may have one socket at a time here."""
    clients = []
    for name in ("Ann", "Bob", "Cat"):
        client = await open_client(url)
        await client.init({"authorization": f"Bearer {guest(url, name).token}"})
        await client.ask(ME)
        assert (await client.receive())["type"] == "next"
        clients.append(client)
    for client in clients:
        await client.connection.close()


def test_all_strangers_together_have_a_bound() -> None:
    with running(shared_addresses=["127.0.0.1"], rate_limits=True, guests_per_address_min=1) as url:
        stranger = Rest(url)
        answers = [stranger.graphql(GUEST_OR_NOT, name="Eve")["signInAsGuest"] for _ in range(3 * SHARES)]
    codes = [answer.get("code") for answer in answers]
    assert codes.count(None) == SHARES
    assert codes.count("RATE_LIMITED") == 2 * SHARES


@pytest.mark.parametrize(
    ("host", "is_shared"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("fd00::1%eth0", True),
        ("11.1.2.3", False),
        ("2001:db8::1", False),
        ("unix", False),
    ],
)
def test_which_addresses_are_shared(host: str, is_shared: bool) -> None:
    shared = SharedAddresses(["10.0.0.0/8", "fd00::/8"])
    keys = {shared.key_of_host(host) for _ in range(2 * SHARES)}
    assert len(keys) == (SHARES if is_shared else 1)
    of_players = {key_of_caller(key, Caller(Player("ann", "Ann"))) for key in keys}
    assert len(of_players) == 1
    assert (of_players != keys) is is_shared


def test_a_text_that_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="discord"):
        SharedAddresses(["discord.com"])

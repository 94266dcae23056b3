"""Signing in with accounts elsewhere on whole servers: one player by several accounts, on one file and on two nodes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lobby.auth.api_keys import hash_key, new_key
from tests.journey.players import DOCUMENTS, Player, guest
from tests.lobby.auth.discord.fake_discord import CLIENT_ID, CLIENT_SECRET, FakeDiscord, discord_serving
from tests.lobby.auth.external.fake_issuer import FakeIssuer, publishing
from tests.served.lobby import lobby
from tests.waiting import wait_until
from tools.demo.address import Address
from tools.demo.answers import Answer, RequestFailed
from tools.demo.http_client import HttpClient, http_client
from web.graphql.execution.client_documents import client_documents

ROUNDS = 5
MODERATOR = new_key("moderator")
ACTS = client_documents(Path(__file__).parents[2] / "client_queries/moderator")
_numbers = count(1_000)


def new_account() -> str:
    """The id of an account that no player has."""
    return str(next(_numbers))


@dataclass(frozen=True, slots=True)
class Lobby:
    """Two nodes of one lobby, or the same one twice."""

    nodes: tuple[tuple[Address, HttpClient], ...]
    discord: FakeDiscord
    issuer: FakeIssuer

    async def guest(self, node: int = 0) -> Player:
        address, http = self.nodes[node]
        return await guest(http, address)

    async def sign_in(self, provider: str, token: str, node: int = 0, **fields: Any) -> Answer:
        given = {"provider": provider, "token": token, **fields}
        answer: Answer = await self.nodes[node][1].run("SignInWith", {"input": given})
        return answer

    async def me(self, token: str, node: int = 0) -> Answer:
        found: Answer = await self.nodes[node][1].as_player(token).run("Me")
        return found

    async def act(self, operation: str, **fields: Any) -> None:
        """An act of a moderator, on the first node."""
        async with http_client(self.nodes[0][0], ACTS) as http:
            answer: Answer = await http.as_player(MODERATOR).run(operation, {"input": {"reason": "a test", **fields}})
        assert answer["__typename"] == "Moderated", answer

    def on(self, node: int, player: Player) -> Player:
        """The same player as a client of another node."""
        address, http = self.nodes[node]
        return Player(player.id, player.name, player.token, http.as_player(player.token), address)


@pytest.fixture(scope="module")
def discord() -> Iterator[FakeDiscord]:
    with discord_serving() as discord:
        yield discord


@pytest.fixture(scope="module")
def issuer() -> Iterator[FakeIssuer]:
    with publishing() as issuer:
        yield issuer


@pytest.fixture(scope="module", params=["sqlite", "two nodes over valkey"])
def addresses(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, discord: FakeDiscord, issuer: FakeIssuer
) -> Iterator[tuple[Address, ...]]:
    settings: dict[str, Any] = {
        "discord_client_id": CLIENT_ID,
        "discord_client_secret": CLIENT_SECRET,
        "discord_api_url": discord.url,
        "issuers": [issuer.settings()],
        "moderator_keys": [f"mia={hash_key(MODERATOR)}"],
    }
    if request.param == "sqlite":
        settings["store"] = f"sqlite:///{tmp_path_factory.mktemp('accounts') / 'lobby.db'}"
    else:
        valkey = request.getfixturevalue("valkey_of_all")
        settings |= {"store": valkey.url, "secret": "the secret of both of the two nodes"}
    with ExitStack() as stack:
        node_count = 1 if request.param == "sqlite" else 2
        yield tuple(stack.enter_context(lobby(**settings)) for _ in range(node_count))


@pytest.fixture
async def served(addresses: tuple[Address, ...], discord: FakeDiscord, issuer: FakeIssuer) -> AsyncIterator[Lobby]:
    discord.begin_anew()
    async with AsyncExitStack() as stack:
        nodes = [(address, await stack.enter_async_context(http_client(address, DOCUMENTS))) for address in addresses]
        yield Lobby((nodes[0], nodes[-1]), discord, issuer)


async def test_an_account_is_the_same_player_every_time(served: Lobby) -> None:
    info = await served.nodes[0][1].run("ServerInfo")
    assert info["signInProviders"] == ["discord", served.issuer.issuer]
    account = new_account()
    first = await served.sign_in("discord", served.discord.code(account))
    second = await served.sign_in("discord", served.discord.code(account), node=1, displayName=" Nell ")
    one, other = first["credentials"]["player"], second["credentials"]["player"]
    assert (one["id"], one["displayName"], other["displayName"]) == (other["id"], "Nelly", "Nell")
    assert first["providerToken"] in served.discord.tokens
    assert await served.me(first["credentials"]["accessToken"], node=1) == one
    stranger = await served.sign_in("discord", served.discord.code(new_account()))
    assert stranger["credentials"]["player"]["id"] != one["id"]


async def test_two_accounts_are_one_player_who_keeps_what_a_guest_had(served: Lobby) -> None:
    ada, bob, account, subject = await served.guest(), await served.guest(), new_account(), new_account()
    party = (await ada.does("CreateParty"))["party"]
    await ada.does("LinkIdentity", provider="discord", token=served.discord.code(account))
    linked = await ada.does("LinkIdentity", provider=served.issuer.issuer, token=served.issuer.token(sub=subject))
    assert [one["subject"] for one in linked["identities"]] == [account, subject]
    assert await ada.ask("MyIdentities") == linked["identities"]
    assert await bob.ask("MyIdentities") == []
    by_discord = await served.sign_in("discord", served.discord.code(account), node=1)
    by_issuer = await served.sign_in(served.issuer.issuer, served.issuer.token(sub=subject), node=1)
    me = {"id": ada.id, "displayName": ada.name}
    assert by_discord["credentials"]["player"] == by_issuer["credentials"]["player"] == me
    assert by_issuer["providerToken"] is None
    for node in (0, 1):
        assert await served.me(served.issuer.token(sub=subject), node) == me, (
            "the issuer's own token is this player too"
        )
    mine = await served.nodes[1][1].as_player(by_discord["credentials"]["accessToken"]).run("MyParty")
    assert mine["id"] == party["id"]


async def test_an_account_of_another_player_is_taken(served: Lobby) -> None:
    ada, bob, account, subject = await served.guest(), await served.guest(1), new_account(), new_account()
    await ada.does("LinkIdentity", provider="discord", token=served.discord.code(account))
    answer = await bob.tries("LinkIdentity", provider="discord", token=served.discord.code(account))
    assert (answer["code"], answer["field"]) == ("IDENTITY_TAKEN", "input.token")
    assert await served.me(served.issuer.token(sub=subject))
    answer = await bob.tries("LinkIdentity", provider=served.issuer.issuer, token=served.issuer.token(sub=subject))
    assert answer["code"] == "IDENTITY_TAKEN", "an account that has played is that player"
    assert await bob.ask("MyIdentities") == []


async def test_two_players_who_link_one_account_at_once_do_not_share_it(served: Lobby) -> None:
    for account in [new_account() for _ in range(ROUNDS)]:
        ada, bob = await served.guest(), await served.guest(1)
        answers = await asyncio.gather(
            *(each.tries("LinkIdentity", provider="discord", token=served.discord.code(account)) for each in (ada, bob))
        )
        assert sorted(answer["__typename"] for answer in answers) == ["IdentitiesChanged", "Rejection"]
        assert [answer["code"] for answer in answers if "code" in answer] == ["IDENTITY_TAKEN"]
        owners = [each for each in (ada, bob) if await each.ask("MyIdentities")]
        signed_in = await served.sign_in("discord", served.discord.code(account))
        assert [signed_in["credentials"]["player"]["id"]] == [owner.id for owner in owners]


async def test_a_link_happens_once_by_its_key_though_its_code_is_used(served: Lobby) -> None:
    ada, key, code = await served.guest(), str(uuid4()), served.discord.code(new_account())
    request = {"provider": "discord", "token": code, "idempotencyKey": key}
    first = await ada.does("LinkIdentity", **request)
    again = await served.on(1, ada).does("LinkIdentity", **request)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["identities"] == again["identities"]
    assert served.discord.asked.count("/oauth2/token") == 1
    other = await ada.tries("LinkIdentity", provider="discord", token="another", idempotencyKey=key)
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"
    reused = await ada.tries("CreateParty", idempotencyKey=key)
    assert reused["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_player_has_at_most_eight_identities(served: Lobby) -> None:
    ada, accounts = await served.guest(), [new_account() for _ in range(8)]
    for account in accounts:
        await ada.does("LinkIdentity", provider="discord", token=served.discord.code(account))
    answer = await ada.tries("LinkIdentity", provider="discord", token=served.discord.code(new_account()))
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "input.provider")
    again = await ada.does("LinkIdentity", provider="discord", token=served.discord.code(accounts[0]))
    assert len(again["identities"]) == 8, "an own account changes nothing"


async def test_what_proves_no_account_signs_nobody_in(served: Lobby) -> None:
    for provider, token, code, field in (
        ("myspace", "x", "INVALID_INPUT", "input.provider"),
        ("discord", "used before", "INVALID_CREDENTIALS", "input.token"),
        (served.issuer.issuer, "no token", "INVALID_CREDENTIALS", "input.token"),
        (served.issuer.issuer, served.issuer.token(aud="another"), "INVALID_CREDENTIALS", "input.token"),
    ):
        answer = await served.sign_in(provider, token)
        assert (answer["code"], answer["field"]) == (code, field), provider
    named = await served.sign_in("discord", served.discord.code(new_account()), displayName=" ")
    assert (named["code"], named["field"]) == ("INVALID_INPUT", "input.displayName")


async def test_a_banned_player_signs_in_by_no_account_on_no_node(served: Lobby) -> None:
    ada, account, subject = await served.guest(), new_account(), new_account()
    await ada.does("LinkIdentity", provider="discord", token=served.discord.code(account))
    await ada.does("LinkIdentity", provider=served.issuer.issuer, token=served.issuer.token(sub=subject))
    for node in (0, 1):
        assert (await served.me(served.issuer.token(sub=subject), node))["id"] == ada.id
    await served.act("BanPlayer", playerId=ada.id)

    async def is_refused(node: int) -> bool:
        """All ways in are shut: with the account that is linked, with the issuer's, and with the issuer's own token."""
        answers = [
            await served.sign_in("discord", served.discord.code(account), node),
            await served.sign_in(served.issuer.issuer, served.issuer.token(sub=subject), node),
        ]
        codes = [answer.get("code") for answer in answers]
        with suppress(RequestFailed):
            codes.append(str(await served.me(served.issuer.token(sub=subject), node)))
        return codes == ["PLAYER_BANNED", "PLAYER_BANNED"]

    assert await is_refused(0)
    await wait_until(lambda: is_refused(1))
    await served.act("UnbanPlayer", playerId=ada.id)

    async def is_let_in() -> bool:
        answer = await served.sign_in("discord", served.discord.code(account), node=1)
        return "code" not in answer and bool(answer["credentials"]["player"]["id"] == ada.id)

    await wait_until(is_let_in)


async def test_the_accounts_of_an_erased_player_are_new_players_on_every_node(served: Lobby) -> None:
    ada, account, linked, own = await served.guest(), new_account(), new_account(), new_account()
    await ada.does("LinkIdentity", provider="discord", token=served.discord.code(account))
    await ada.does("LinkIdentity", provider=served.issuer.issuer, token=served.issuer.token(sub=linked))
    bob = await served.me(served.issuer.token(sub=own), 1)
    assert (await served.me(served.issuer.token(sub=linked), 1))["id"] == ada.id, "this node knows the account now"
    for player_id in (ada.id, bob["id"]):
        await served.act("ErasePlayer", playerId=player_id)
    erased = {ada.id, bob["id"]}

    async def by_token(subject: str, node: int) -> str:
        """The player that the issuer's own token is. While an act reaches the node, the token may be refused."""
        found: list[str] = []

        async def is_new() -> bool:
            with suppress(RequestFailed):
                found.append((await served.me(served.issuer.token(sub=subject), node))["id"])
            return bool(found) and found[-1] not in erased

        await wait_until(is_new)
        return found[-1]

    for node in (1, 0):
        new = {await by_token(linked, node), await by_token(own, node)}
        signed_in = await served.sign_in("discord", served.discord.code(account), node)
        new.add(signed_in["credentials"]["player"]["id"])
        assert len(new) == 3
        assert not new & erased

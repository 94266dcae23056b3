"""The client documents about accounts elsewhere. tests/served/test_accounts.py tests the accounts themselves."""

from __future__ import annotations

from tests.journey.players import Player
from tools.demo.http_client import HttpClient


async def test_sign_in_with_refuses_a_provider_that_the_server_does_not_have(http: HttpClient) -> None:
    assert (await http.run("ServerInfo"))["signInProviders"] == []
    answer = await http.run("SignInWith", {"input": {"provider": "discord", "token": "code"}})
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "input.provider")


async def test_link_identity_refuses_a_provider_that_the_server_does_not_have(ada: Player) -> None:
    answer = await ada.tries("LinkIdentity", provider="discord", token="code")
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "input.provider")


async def test_my_identities_of_a_guest_are_none(ada: Player) -> None:
    assert await ada.ask("MyIdentities") == []

"""The client documents for signing in."""

from __future__ import annotations

import pytest

from tests.journey.players import Player, guest
from tools.demo.address import Address
from tools.demo.answers import RequestFailed
from tools.demo.http_client import HttpClient


async def test_sign_in_as_guest_answers_credentials(http: HttpClient) -> None:
    answer = await http.run("SignInAsGuest", {"input": {"displayName": "  Ada "}})
    credentials = answer["credentials"]
    assert credentials["player"]["displayName"] == "Ada"
    assert {"accessToken", "expiresAt", "refreshToken", "player"} == credentials.keys()


async def test_sign_in_as_guest_refuses_a_name_that_is_too_long(http: HttpClient) -> None:
    answer = await http.run("SignInAsGuest", {"input": {"displayName": "A" * 33}})
    assert (answer["__typename"], answer["code"]) == ("Rejection", "INVALID_INPUT")
    assert answer["field"] == "input.displayName"


async def test_refresh_credentials_returns_new_ones_of_the_same_player(http: HttpClient) -> None:
    first = (await http.run("SignInAsGuest", {"input": {"displayName": "Ada"}}))["credentials"]
    answer = await http.run("RefreshCredentials", {"refreshToken": first["refreshToken"]})
    assert answer["credentials"]["player"] == first["player"]
    assert await http.as_player(answer["credentials"]["accessToken"]).run("Me") == first["player"]


async def test_refresh_credentials_refuses_an_invalid_token(http: HttpClient) -> None:
    answer = await http.run("RefreshCredentials", {"refreshToken": "nonsense"})
    assert (answer["__typename"], answer["code"]) == ("Rejection", "INVALID_CREDENTIALS")


async def test_me_answers_the_player_of_the_token(ada: Player) -> None:
    assert await ada.ask("Me") == {"id": ada.id, "displayName": ada.name}


async def test_me_needs_credentials(http: HttpClient) -> None:
    with pytest.raises(RequestFailed) as failed:
        await http.run("Me")
    assert failed.value.code == "UNAUTHENTICATED"


async def test_server_info_needs_no_credentials(http: HttpClient) -> None:
    info = await http.run("ServerInfo")
    assert info["difficulties"] == ["Easy", "Normal", "Hard"]
    assert info["maxMembers"] == 8
    assert info["time"].endswith("Z")


async def test_two_guests_of_one_name_are_two_players(http: HttpClient, address: Address) -> None:
    first, second = await guest(http, address, "Twin"), await guest(http, address, "Twin")
    assert first.id != second.id

"""Signing in with Discord: codes good and bad, and a Discord that is down, slow, or answers something else."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from lobby.auth import discord as module
from lobby.auth.accounts import Account
from lobby.auth.discord import DiscordSettings, DiscordSignIn
from lobby.domain.rejections import Rejection, RejectionCode
from tests.lobby.auth.discord.fake_discord import FakeDiscord, dripping, redirect

TOKEN, ME = "/oauth2/token", "/users/@me"
GOOD_TOKEN = {"access_token": "t", "token_type": "Bearer", "expires_in": 1, "refresh_token": "r", "scope": "identify"}
GOOD_USER = {"id": "1", "username": "nelly", "discriminator": "0", "global_name": None, "avatar": None}


async def refused(sign_in: DiscordSignIn, code: str) -> Rejection:
    outcome = await sign_in.verify(code)
    assert isinstance(outcome, Rejection), outcome
    return outcome


async def test_a_code_proves_an_account(sign_in: DiscordSignIn, discord: FakeDiscord) -> None:
    account = await sign_in.verify(discord.code("80351110224678912"))
    assert isinstance(account, Account)
    assert (account.provider, account.subject, account.display_name) == ("discord", "80351110224678912", "Nelly")
    assert account.provider_token in discord.tokens
    assert discord.asked == [TOKEN, ME]
    assert all(agent.startswith("DiscordBot (") for agent in discord.user_agents)


async def test_a_code_is_good_for_one_sign_in(sign_in: DiscordSignIn, discord: FakeDiscord) -> None:
    code = discord.code()
    assert isinstance(await sign_in.verify(code), Account)
    again = await refused(sign_in, code)
    assert (again.code, again.field, again.retryable) == (RejectionCode.INVALID_CREDENTIALS, "token", False)


@pytest.mark.parametrize("code", ["", "expired", "x" * 513, "a&client_id=b", "\x00", "ünï"])
async def test_a_code_that_discord_does_not_know_is_refused(sign_in: DiscordSignIn, code: str) -> None:
    assert (await refused(sign_in, code)).code is RejectionCode.INVALID_CREDENTIALS


async def test_an_authorization_without_the_scope_identify_is_refused(
    sign_in: DiscordSignIn, discord: FakeDiscord
) -> None:
    discord.scope = "guilds rpc.activities.write"
    assert "identify" in (await refused(sign_in, discord.code())).message
    discord.scope = "guilds identify"
    assert isinstance(await sign_in.verify(discord.code()), Account)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ({"global_name": None}, "nelly"),
        ({"global_name": "\u202ewrong"}, "nelly"),
        ({"global_name": "N" * 40}, "N" * 32),
        ({"global_name": "\u200b", "username": "\u200b"}, None),
    ],
)
async def test_the_name_is_the_first_that_can_be_displayed(
    sign_in: DiscordSignIn, discord: FakeDiscord, names: dict[str, Any], shown: str | None
) -> None:
    account = await sign_in.verify(discord.code(**names))
    assert isinstance(account, Account)
    assert account.display_name == shown


async def test_a_server_with_a_wrong_secret_says_so_in_its_log(
    discord: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in = DiscordSignIn(discord.settings(client_secret="wrong"))
    outcome = await refused(sign_in, discord.code())
    assert (outcome.code, outcome.retryable) == (RejectionCode.UNAVAILABLE, False)
    assert "LOBBY_DISCORD_CLIENT_ID" in caplog.text
    await sign_in.close()


@pytest.mark.parametrize("path", [TOKEN, ME])
@pytest.mark.parametrize(
    "answer",
    [
        Response("<h1>Bad gateway</h1>", 502, media_type="text/html"),
        JSONResponse({"message": "500: Internal Server Error", "code": 0}, 500),
        Response(json.dumps(GOOD_TOKEN | GOOD_USER), media_type="text/html"),
        Response(json.dumps(GOOD_TOKEN | GOOD_USER), media_type="text/javascript"),
        Response(json.dumps(GOOD_TOKEN | GOOD_USER), headers={"content-type": ""}),
        Response(b"{", media_type="application/json"),
        Response(b"[" * 60_000, media_type="application/json"),
        Response(b"\xff\xfe", media_type="application/json"),
        JSONResponse([]),
        JSONResponse(GOOD_TOKEN | GOOD_USER | {"access_token": 1, "id": 1}),
        JSONResponse(GOOD_TOKEN | GOOD_USER | {"access_token": "", "id": ""}),
        JSONResponse(GOOD_TOKEN | GOOD_USER | {"token_type": "mac", "id": "80351110224678912\n"}),
        JSONResponse(GOOD_TOKEN | GOOD_USER | {"padding": "x" * 70_000}),
        redirect("/elsewhere"),
    ],
    ids=lambda answer: answer if isinstance(answer, str) else None,
)
async def test_an_answer_of_another_form_is_unavailable(
    sign_in: DiscordSignIn, discord: FakeDiscord, path: str, answer: Response
) -> None:
    discord.answers[path] = answer
    outcome = await refused(sign_in, discord.code())
    assert (outcome.code, outcome.retryable) == (RejectionCode.UNAVAILABLE, True)
    assert "/elsewhere" not in discord.asked
    discord.answers.clear()
    assert isinstance(await sign_in.verify(discord.code()), Account), "it goes on"


async def test_a_discord_that_is_down_is_unavailable(discord: FakeDiscord) -> None:
    sign_in = DiscordSignIn(discord.settings(api_url="http://127.0.0.1:9"))
    assert (await refused(sign_in, "code")).code is RejectionCode.UNAVAILABLE
    await sign_in.close()


@pytest.mark.parametrize("path", [TOKEN, ME])
async def test_a_slow_discord_is_waited_for_once_in_all(discord: FakeDiscord, path: str) -> None:
    """Each byte comes in time for a limit of single reads."""
    sign_in = DiscordSignIn(discord.settings(wait_s=0.3))
    discord.answers[path] = dripping(json.dumps(GOOD_TOKEN | GOOD_USER).encode())
    began_at = time.monotonic()
    assert (await refused(sign_in, discord.code())).code is RejectionCode.UNAVAILABLE
    assert time.monotonic() - began_at < 3
    await sign_in.close()


@pytest.mark.parametrize(("header", "wait_ms"), [("2.5", 2_500), ("9999", 60_000), ("soon", 1_000)])
async def test_a_discord_that_limits_the_rate_says_when_to_come_again(
    sign_in: DiscordSignIn, discord: FakeDiscord, header: str, wait_ms: int
) -> None:
    body = {"message": "You are being rate limited.", "retry_after": 2.5, "global": False}
    discord.answers[TOKEN] = JSONResponse(body, 429, {"retry-after": header})
    outcome = await refused(sign_in, discord.code())
    assert (outcome.code, outcome.retry_after_ms) == (RejectionCode.UNAVAILABLE, wait_ms)


async def test_sign_ins_that_wait_are_bounded(discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SIGN_INS_AT_ONCE_MAX", 2)
    sign_in = DiscordSignIn(discord.settings(wait_s=0.3))
    discord.answers[TOKEN] = dripping(b" " * 100)
    outcomes = await asyncio.gather(*(refused(sign_in, discord.code()) for _ in range(5)))
    assert ["at once" in outcome.message for outcome in outcomes].count(True) == 3
    discord.answers.clear()
    assert isinstance(await sign_in.verify(discord.code()), Account)
    await sign_in.close()


@pytest.mark.parametrize("url", ["http://discord.com/api", "ftp://x", "discord.com", "http://127.0.0.1.example"])
def test_an_address_that_others_can_listen_to_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="LOBBY_DISCORD_API_URL"):
        DiscordSettings("id", "secret", url)

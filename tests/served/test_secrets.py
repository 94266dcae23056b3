"""No log line contains a secret, for any request, and no answer contains the secret of another caller."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from lobby.auth.api_keys import hash_key
from tests.served.process import ServerProcess, exit_text, failed_start, server_process

SECRET, SERVICE_KEY = "the-secret-of-it-all-the-secret-of-it-all", "lobby-service-plain-key-lobby-service"
OPERATOR_KEY = "lobby-operator-plain-key"
PASSWORD, WRONG_PASSWORD = "opens-the-door", "opens-nothing"
GRANTED = "... on CredentialsGranted { credentials { accessToken refreshToken } }"
SIGN_IN = f'mutation {{ signInAsGuest(input: {{displayName: "Ada"}}) {{ {GRANTED} }} }}'


async def test_nothing_secret_is_logged(tmp_path: Path) -> None:
    async with server_process(
        tmp_path / "lobby.db",
        secret=SECRET,
        service_key=SERVICE_KEY,
        operator_keys=json.dumps([hash_key(OPERATOR_KEY)]),
    ) as server:
        async with httpx.AsyncClient(base_url=server.address.base, trust_env=False) as http:
            said, secrets = await _everything(http, server)
        server.terminate()
        assert await server.exit_code() == 0
    log = server.log.decode()
    secrets += [SECRET, SERVICE_KEY, OPERATOR_KEY, PASSWORD, WRONG_PASSWORD]
    assert [secret for secret in secrets if secret in log] == []
    assert [secret for secret in (SECRET, SERVICE_KEY, OPERATOR_KEY, PASSWORD) if secret in said] == []
    assert (tmp_path / "secret").exists() is False


async def _everything(http: httpx.AsyncClient, server: ServerProcess) -> tuple[str, list[str]]:
    """Sends right and wrong secrets in every place where clients send them. Returns all answers and granted tokens."""
    granted = (await http.post("/graphql", json={"query": SIGN_IN})).json()["data"]["signInAsGuest"]["credentials"]
    token, refresh = granted["accessToken"], granted["refreshToken"]
    answers = []
    for bearer in (token, token[:-2], refresh, SERVICE_KEY, OPERATOR_KEY, SECRET, "x" * 5_000):
        headers = {"Authorization": f"Bearer {bearer}"}
        for path in ("/graphql?query={me{id}}", "/sessions", "/metrics", "/party/x", "/nowhere"):
            answers.append((await http.get(path, headers=headers)).text)
        body = f'{{"query": "mutation {{ refreshCredentials(refreshToken: \\"{bearer}\\") {{ __typename }} }}"'
        for text in (body, body + "}", body.replace("refreshToken", "noSuch") + "}"):
            sent = await http.post("/graphql", content=text, headers={**headers, "content-type": "application/json"})
            answers.append(sent.text)
    answers += await _passwords(http, token)
    for bearer in (token, token[:-2], SERVICE_KEY):
        await _by_sockets(server, bearer)
    return "".join(answers), [token, refresh, token[:-2]]


async def _passwords(http: httpx.AsyncClient, token: str) -> list[str]:
    headers = {"Authorization": f"Bearer {token}"}
    made = await http.post("/party", json={"settings": {"password": PASSWORD}}, headers=headers)
    party_id = made.json()["party_id"]
    other = (await http.post("/graphql", json={"query": SIGN_IN})).json()["data"]["signInAsGuest"]["credentials"]
    headers = {"Authorization": f"Bearer {other['accessToken']}"}
    tries = [{"password": WRONG_PASSWORD}, {"password": WRONG_PASSWORD, "nonsense": 1}, {"password": PASSWORD}]
    joined = [await http.post(f"/party/{party_id}/join", json=body, headers=headers) for body in tries]
    history = await http.post(
        "/graphql", json={"query": f'{{ partyHistory(partyId: "{party_id}") {{ seq __typename }} }}'}, headers=headers
    )
    return [answer.text for answer in (made, *joined, history)]


async def _by_sockets(server: ServerProcess, token: str) -> None:
    base = server.address.base.replace("http", "ws")
    for url, subprotocols, first in (
        (f"{base}/updates?party_id=x&token={token}", None, None),
        (
            f"{base}/updates?{token}&token=%FF{token}",
            None,
            json.dumps({"type": "subscribe", "token": token, "x": [token]}),
        ),
        (f"{base}/nowhere?token={token}", None, None),
        (f"{base}/graphql?token={token}", [Subprotocol("graphql-transport-ws")], json.dumps({"type": token})),
        (
            f"{base}/graphql",
            [Subprotocol("graphql-transport-ws")],
            json.dumps({"type": "connection_init", "payload": {"authorization": token}}),
        ),
    ):
        with suppress(WebSocketException):  # the result does not matter, only the log
            async with asyncio.timeout(10), connect(url, subprotocols=subprotocols, proxy=None) as socket:
                if first is not None:
                    await socket.send(first)
                await socket.recv()


@pytest.mark.parametrize("scheme", ["valkey", "redis"])
def test_a_store_that_is_away_is_told_without_its_password(scheme: str, tmp_path: Path) -> None:
    told = failed_start(tmp_path, store=f"{scheme}://lobby:hush-hush@127.0.0.1:1/0", secret="s" * 32)
    assert told.strip(), "an operator is told what to mend"
    assert "hush-hush" not in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service_keys", "hush-hush"),
        ("service_keys", '["hush-hush"]'),
        ("operator_keys", '["hush-hush"]'),
        ("previous_secrets", "hush-hush"),
    ],
)
def test_a_setting_that_is_wrong_is_told_without_what_is_secret_in_it(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = exit_text(monkeypatch, **{name: value})
    assert name in told.lower(), "an operator is told which setting to mend"
    assert "hush-hush" not in told

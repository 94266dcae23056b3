"""Requests that arrive together and take long, all within the rates of one client: nobody else waits for all of them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from websockets.frames import Frame, Opcode

from tests.web.connections.test_websocket_frames import HANDSHAKE, WAIT_S
from tests.web.default_lobby import default_lobby, slowest_answer_s

SIGN_IN = """mutation { signInAsGuest(input: { displayName: "Eve" }) {
    ... on CredentialsGranted { credentials { accessToken } } } }"""
CREATE = """mutation { createParty(input: { settings: { visibility: PUBLIC }, attributes: [%s] }) {
    ... on PartyChanged { party { id cursor } } } }""" % ", ".join(  # noqa: UP031 -- braces of GraphQL
    f'{{ key: "k{number}", value: "{"x" * 200}" }}' for number in range(20)
)
UPDATE = """mutation ($p: ID!, $v: String!) {
    updateMember(input: { partyId: $p, attributes: [{ key: "n", value: $v }] }) { __typename } }"""
PARTY = "id settings { name } members { player { displayName } ready } attributes { key value }"
REPLAY = f"subscription($p: ID!, $c: Cursor) {{ partyEvents(partyId: $p, after: $c) {{ seq party {{ {PARTY} }} }} }}"
LIST = f"subscription {{ lobbyEvents {{ change party {{ {PARTY} }} }} }}"
PAGE = f"{{ parties {{ nodes {{ {PARTY} }} }} }}"
SOCKETS, OPERATIONS = 2, 32
ATTEMPTS = 3
"""The fastest attempt counts: a collection of garbage can fall into one of them."""
HOLD_S_MAX = 0.05
"""In CPU time of the server and the client. When all streams began in one turn of the loop, 64 replays took 0.1 s and more."""


@pytest.fixture(scope="module")
def lobby() -> Iterator[tuple[str, str, dict[str, str]]]:
    """A server with default limits: its address, a token, and the variables of a replay of 20 entries with attributes."""
    with default_lobby() as url, httpx.Client(base_url=url) as client:

        def run(query: str, token: str = "", **variables: str) -> Any:
            headers = {"authorization": f"Bearer {token}"} if token else {}
            return client.post("/graphql", json={"query": query, "variables": variables}, headers=headers).json()[
                "data"
            ]

        token = run(SIGN_IN)["signInAsGuest"]["credentials"]["accessToken"]
        party = run(CREATE, token)["createParty"]["party"]
        for number in range(19):
            run(UPDATE, token, p=party["id"], v=str(number))
        yield url, token, {"p": party["id"], "c": party["cursor"]}


def messages(token: str, query: str, variables: dict[str, str]) -> bytes:
    """The sign-in on a socket and as many operations as it may run, as one piece of data."""
    init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
    payload = {"query": query, "variables": variables}
    operations = [{"id": str(number), "type": "subscribe", "payload": payload} for number in range(OPERATIONS)]
    frames = [Frame(Opcode.TEXT, json.dumps(message).encode()) for message in [init, *operations]]
    return b"".join(frame.serialize(mask=True) for frame in frames)


@pytest.mark.parametrize("query", [REPLAY, LIST, PAGE], ids=["replays", "lists of parties", "queries"])
def test_operations_that_begin_together_hold_nobody_up(lobby: tuple[str, str, dict[str, str]], query: str) -> None:
    url, token, variables = lobby
    data = messages(token, query, variables if query is REPLAY else {})

    def attack() -> float:
        with ExitStack() as stack:
            for _ in range(SOCKETS):
                link = stack.enter_context(socket.create_connection(("127.0.0.1", httpx.URL(url).port or 80), WAIT_S))
                link.sendall(HANDSHAKE + data)
            return slowest_answer_s(url, 0.4)

    assert min(attack() for _ in range(ATTEMPTS)) < HOLD_S_MAX


def test_the_first_requests_of_rest_hold_nobody_up(lobby: tuple[str, str, dict[str, str]]) -> None:
    """FastAPI built the routes of an included router when they were first used, and Starlette calls plain handlers in threads."""
    url = lobby[0]
    slowest_answer_s(url, 0.1)  # the first connection of the other client
    with ExitStack() as stack:
        for path in ["/party/none", "/sessions", "/session/none"] * 5:
            link = stack.enter_context(socket.create_connection(("127.0.0.1", httpx.URL(url).port or 80), WAIT_S))
            link.sendall(f"GET {path} HTTP/1.1\r\nhost: lobby\r\n\r\n".encode())

        assert slowest_answer_s(url, 0.3) < HOLD_S_MAX

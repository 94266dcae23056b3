"""Clients of REST on the whole server: strangers, guests with a token, and callers that name themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.waiting import wait_for_value
from web.app import create_app
from web.settings.settings import Settings

Answer = dict[str, Any]
WAIT_S = 30
"""The longest wait for an answer. The privacy tests select every field, which takes seconds on a busy machine."""

_clients: dict[str, httpx.Client] = {}
"""The open connections to each server."""

SIGN_IN = (
    "mutation ($name: String!) { signInAsGuest(input: {displayName: $name}) "
    "{ ... on CredentialsGranted { credentials { accessToken player { id } } } } }"
)


@contextmanager
def running(**settings: Any) -> Iterator[str]:
    """The whole server on its memory store; yields its base URL."""
    app = create_app(Settings(store=fresh_store(), **settings))
    with served(app, drain=app.drain) as url, connected(url):
        yield url


@contextmanager
def connected(url: str) -> Iterator[None]:
    """Let the clients of the server at `url` share connections until the end of the block."""
    with httpx.Client(base_url=url, trust_env=False, timeout=WAIT_S) as _clients[url]:
        yield


class Rest:
    """One client of REST. `id`: the player's, as REST shows it; "" for a stranger."""

    def __init__(self, url: str, token: str = "", player_id: str = "") -> None:
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.url = url
        self.token = token
        self.id = player_id

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        return _clients[self.url].request(method, path, headers=self._headers | (headers or {}), **options)

    def post(self, path: str, body: object = None, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options | ({"json": body} if body is not None else {}))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def makes(self, **settings: Any) -> Answer:
        """A party of its own."""
        answer: Answer = good(self.post("/party", {"settings": settings}))
        return answer

    def joins(self, party: Answer, **body: Any) -> Answer:
        answer: Answer = good(self.post(f"/party/{party['party_id']}/join", body))
        return answer

    def starts(self, party: Answer) -> Answer:
        answer: Answer = good(self.post("/session", {"party_id": party["party_id"]}))
        return answer

    def graphql(self, query: str, **variables: Any) -> Any:
        """The data of an operation, in the name of the same player."""
        answer = good(self.post("/graphql", {"query": query, "variables": variables}))
        assert "errors" not in answer, answer
        return answer["data"]


def guest(url: str, name: str = "Ann") -> Rest:
    """A new player with a token."""
    credentials = Rest(url).graphql(SIGN_IN, name=name)["signInAsGuest"]["credentials"]
    return Rest(url, credentials["accessToken"], credentials["player"]["id"])


def good(response: httpx.Response) -> Any:
    """The body of a successful response; the test fails on any other."""
    assert response.status_code == 200, response.text
    return response.json()


def problem(response: httpx.Response) -> Answer:
    """The problem details of an error response; the test fails if it is a success or not well-formed."""
    body: Answer = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == response.status_code >= 400
    return body


def wait_for_answer(ask: Callable[[], httpx.Response], is_expected: Callable[[Any], object]) -> Any:
    """Repeat a request until its answer is as expected, and return the answer. REST has no other way to wait."""
    return wait_for_value(lambda: ask().json(), is_expected)


def code(response: httpx.Response) -> tuple[int, str]:
    body = problem(response)
    return body["status"], body["code"]

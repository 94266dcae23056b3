"""The player of a REST request: by token, or by player_id on an open server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.needs import ROOT
from tests.web.rest_client import Rest, code, good, guest, problem, running, wait_for_answer
from web.rest.routes import OPEN_NOTICE

PAGE_ELSEWHERE = {"Origin": "https://elsewhere.example"}


UNKNOWN_ID = "0b6c1f4e-8d1e-4c53-a8f7-61a6d8f0d2aa"


@pytest.fixture(scope="module")
def closed() -> Iterator[str]:
    """A server with default settings."""
    with running() as url:
        yield url


@pytest.fixture(scope="module")
def open_to_all() -> Iterator[str]:
    with running(open_rest=True, allowed_origins=["https://game.example"]) as url:
        yield url


def requests() -> list[Any]:
    """One request to each path that needs a player."""
    party = f"/party/{UNKNOWN_ID}"
    posts = [
        ("POST", path) for path in ("/party", f"{party}/join", f"{party}/leave", f"/session?party_id={UNKNOWN_ID}")
    ]
    return [*posts, ("GET", party), ("GET", f"/session/{UNKNOWN_ID}")]


@pytest.mark.parametrize(("method", "path"), requests())
@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer forged", "Basic YW5uOmFubg=="])
def test_a_request_without_a_valid_token_is_unauthenticated(
    closed: str, method: str, path: str, authorization: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization is not None else {}
    answer = Rest(closed).request(method, path, headers=headers)
    assert code(answer) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("authorization", ["Bearer forged", "Basic YW5uOmFubg=="])
def test_an_open_server_refuses_an_invalid_token(open_to_all: str, authorization: str) -> None:
    answer = Rest(open_to_all).post("/party?player_id=ann", headers={"Authorization": authorization})
    assert code(answer) == (401, "UNAUTHENTICATED")


def test_a_player_id_alone_is_refused_unless_the_server_is_open(closed: str) -> None:
    answer = Rest(closed).post("/party", params={"player_id": "ann"})
    assert code(answer) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("authorization", ["Bearer forged", ""])
def test_the_list_of_sessions_needs_no_token(closed: str, authorization: str) -> None:
    assert Rest(closed).get("/sessions", headers={"Authorization": authorization}).status_code == 200


def test_the_player_of_the_token_acts(closed: str) -> None:
    ann, bob = guest(closed), guest(closed, "Bob")
    party = ann.makes()
    assert bob.joins(party)["party"]["players"] == [ann.id, bob.id]
    assert good(bob.post(f"/party/{party['party_id']}/leave"))["party"]["players"] == [ann.id]


def test_a_player_id_beside_a_token_must_match_it(closed: str) -> None:
    ann, bob = guest(closed), guest(closed, "Bob")
    party = ann.makes()
    bob.joins(party, player_id=bob.id)
    refused = problem(bob.post(f"/party/{party['party_id']}/leave", params={"player_id": ann.id}))
    assert (refused["status"], refused["code"], refused["field"]) == (400, "INVALID_INPUT", "player_id")


def test_an_open_guest_cannot_act_as_a_signed_in_player(open_to_all: str) -> None:
    ann, nobody = guest(open_to_all), Rest(open_to_all)
    party = ann.makes()
    as_ann = nobody.post(f"/party/{party['party_id']}/leave", params={"player_id": ann.id})
    assert code(as_ann) == (403, "NOT_MEMBER")


def test_a_start_without_player_id_needs_a_guest_as_leader(open_to_all: str) -> None:
    party = guest(open_to_all).makes()
    refused = Rest(open_to_all).post("/session", params={"party_id": party["party_id"]})
    assert code(refused) == (403, "NOT_LEADER")


def test_a_guest_who_is_not_the_leader_cannot_start(open_to_all: str) -> None:
    client = Rest(open_to_all)
    party = good(client.post("/party", params={"player_id": "the leader"}))
    good(client.post(f"/party/{party['party_id']}/join", params={"player_id": "another"}))
    refused = client.post("/session", params={"party_id": party["party_id"], "player_id": "another"})
    assert code(refused) == (403, "NOT_LEADER")


def test_signed_in_players_and_guests_play_in_one_party(open_to_all: str) -> None:
    ann = guest(open_to_all)
    party = ann.makes()
    good(Rest(open_to_all).post(f"/party/{party['party_id']}/join", params={"player_id": "zoë"}))
    [_, zoe] = ann.graphql("{ myParty { members { player { id displayName } } } }")["myParty"]["members"]
    assert zoe["player"] == {"id": "open:zoë", "displayName": "zoë"}
    assert ann.starts(party)["party"]["players"] == [ann.id, "zoë"]


@pytest.mark.parametrize("player_id", ["", " ann", "ann ", "a\nb", "\u0041\u030a", "\u200b", "x" * 65, "open:\x00"])
def test_an_ambiguous_player_id_is_refused(open_to_all: str, player_id: str) -> None:
    refused = problem(Rest(open_to_all).post("/party", params={"player_id": player_id}))
    assert (refused["status"], refused["code"], refused["field"]) == (400, "INVALID_INPUT", "player_id")


@pytest.mark.parametrize("player_id", ["x" * 64, "open:ann", "野々村", UNKNOWN_ID, "{ann}", "a/b?c=d&e"])
def test_any_other_player_id_is_used_as_given(open_to_all: str, player_id: str) -> None:
    made = good(Rest(open_to_all).post("/party", params={"player_id": player_id}))
    assert made["party"]["players"] == [player_id]


def test_the_query_and_the_body_must_not_differ(open_to_all: str) -> None:
    refused = Rest(open_to_all).post("/party", {"player_id": "ann"}, params={"player_id": "bob"})
    assert problem(refused)["field"] == "player_id"


def test_a_page_of_a_foreign_origin_cannot_use_an_open_server(open_to_all: str) -> None:
    client = Rest(open_to_all)
    refused = client.post("/party", headers=PAGE_ELSEWHERE)
    assert code(refused) == (403, "FORBIDDEN")
    assert "LOBBY_ALLOWED_ORIGINS" in refused.text
    assert client.post("/party", headers={"Origin": "https://game.example"}).status_code == 200
    assert client.post("/party", headers={"Origin": open_to_all}).status_code == 200


def test_pages_of_the_allowed_origins_may_read_responses(open_to_all: str) -> None:
    game = {"Origin": "https://game.example"}
    preflight = Rest(open_to_all).request(
        "OPTIONS",
        "/party",
        headers={
            **game,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, idempotency-key, x-unity-version",
        },
    )
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, "https://game.example")
    refused = Rest(open_to_all).get(f"/party/{uuid4()}", headers=game)
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (404, "https://game.example")
    assert "Retry-After" in refused.headers["access-control-expose-headers"]


@pytest.mark.parametrize("is_open", [True, False])
def test_an_open_server_logs_a_warning_at_its_start(is_open: bool) -> None:
    environment = {**os.environ, "LOBBY_STORE": "memory://", "LOBBY_OPEN_REST": str(is_open)}
    command = [sys.executable, "server.py", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        said = [line for line in until_up(server.stderr) if OPEN_NOTICE in line]
        server.terminate()
    assert len(said) == is_open


def until_up(lines: Iterable[str]) -> Iterator[str]:
    """The log lines of a server from its start until it has opened its store."""
    for line in lines:
        yield line
        if "opened memory://" in line:
            return


def test_requests_keep_a_player_present() -> None:
    """A player who only sends requests stays connected for the grace period after each."""
    with running(grace_waiting_s=0.4) as url:
        ann, bob = guest(url), guest(url, "Bob")
        party = ann.makes()
        bob.joins(party)
        shown = wait_for_answer(
            lambda: ann.get(f"/party/{party['party_id']}"), lambda shown: shown["players"] == [ann.id]
        )
        states = {member["player_id"]: member["connection"] for member in shown["members"]}
        assert states == {ann.id: "connected"}


@pytest.mark.parametrize("origin", [{}, {"Origin": "http://rebound.example:8000"}])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/party?player_id=ann"), ("GET", f"/party/{UNKNOWN_ID}?player_id=ann")]
)
def test_an_open_server_refuses_requests_under_a_foreign_name(
    open_to_all: str, method: str, path: str, origin: dict[str, str]
) -> None:
    answer = Rest(open_to_all).request(method, path, headers={"Host": "rebound.example:8000", **origin})
    assert code(answer) == (403, "FORBIDDEN")
    assert "LOBBY_ALLOWED_HOSTS" in answer.text


def test_a_server_that_is_not_open_may_have_any_name(closed: str) -> None:
    assert Rest(closed).get("/sessions", headers={"Host": "any.example"}).status_code == 200


def test_an_open_server_may_be_reached_by_an_allowed_name() -> None:
    with running(open_rest=True, allowed_hosts=["Lobby.Example"]) as url:
        answer = Rest(url).post(
            "/party?player_id=ann", headers={"Host": "lobby.example", "Origin": "https://lobby.example"}
        )
        assert answer.status_code < 300, answer.text

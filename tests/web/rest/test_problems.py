"""The problem details of failed requests."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from lobby.domain.rejections import RejectionCode
from tests.needs import ROOT
from tests.serving import served
from tests.web.rest_client import Rest, code, good, guest, problem, running
from web.rest.errors import STATUS_OF_REJECTION, codes_of
from web.rest.request_guard import RequestGuard

DOCS = (ROOT / "docs/rest.md").read_text(encoding="utf-8")
JSON_TYPE = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(countdown_s=30) as url:
        yield url


@pytest.fixture
def ann(url: str) -> Rest:
    return guest(url)


@pytest.fixture
def bob(url: str) -> Rest:
    return guest(url, "Bob")


def join_path(party: Any) -> str:
    return f"/party/{party['party_id']}/join"


def test_every_code_of_the_rules_has_a_status() -> None:
    assert STATUS_OF_REJECTION.keys() == set(RejectionCode)
    assert {HTTPStatus(status) // 100 for status in STATUS_OF_REJECTION.values()} == {4, 5}


def test_a_problem_has_all_fields_of_a_rejection(ann: Rest, bob: Rest) -> None:
    party = ann.makes(password="sesame")
    assert problem(bob.post(join_path(party), {"password": "sesam"})) == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "code": "WRONG_PASSWORD",
        "detail": "The password is wrong.",
        "field": "password",
        "retryable": False,
        "retryAfterMs": None,
        "attemptsLeft": 4,
        "requiredVersion": None,
        "requestId": None,
        "current": None,
    }


def test_a_full_party_is_a_conflict(ann: Rest, bob: Rest) -> None:
    assert code(bob.post(join_path(ann.makes(max_members=1)))) == (409, "PARTY_FULL")


def test_joining_a_locked_party_gets_423(ann: Rest, bob: Rest) -> None:
    party = ann.makes()
    ann.graphql(
        "mutation ($id: ID!) { updateParty(input: {partyId: $id, settings: {locked: true}}) { __typename } }",
        id=party["party_id"],
    )
    assert code(bob.post(join_path(party))) == (423, "PARTY_LOCKED")


def test_a_member_of_another_party_can_leave_it_in_the_same_step(ann: Rest, bob: Rest) -> None:
    party, others = ann.makes(), bob.makes()
    assert code(bob.post(join_path(party))) == (409, "ALREADY_IN_PARTY")
    assert bob.joins(party, leave_current=True)["status"] == "joined"
    assert code(ann.get(f"/party/{others['party_id']}")) == (404, "NOT_FOUND")


def test_a_problem_shows_the_party_to_its_members(ann: Rest, bob: Rest) -> None:
    party = ann.makes()
    bob.joins(party)
    refused = problem(bob.post("/session", {"party_id": party["party_id"]}))
    assert (refused["code"], refused["current"]["players"]) == ("NOT_LEADER", [ann.id, bob.id])


def test_a_private_party_does_not_exist_for_others(ann: Rest, bob: Rest) -> None:
    party = ann.makes(visibility="private")
    path = f"/party/{party['party_id']}"
    answers = [bob.get(path), bob.post(f"{path}/join"), bob.post(f"{path}/leave"), bob.get(f"/party/{uuid4()}")]
    assert [code(answer) for answer in answers] == [(404, "NOT_FOUND")] * 4
    assert len({problem(answer)["detail"] for answer in answers}) == 1


def test_retry_after_is_in_whole_seconds(ann: Rest, bob: Rest) -> None:
    party = ann.makes()
    ann.starts(party)
    refused = bob.post(join_path(party))
    body = problem(refused)
    assert (body["status"], body["code"], body["retryable"]) == (409, "PARTY_STARTING", True)
    assert 25_000 < body["retryAfterMs"] <= 30_000
    assert (int(refused.headers["retry-after"]) - 1) * 1000 < body["retryAfterMs"]


def test_a_join_takes_the_version_of_the_game(ann: Rest, bob: Rest) -> None:
    party = good(ann.post("/party", {"client_version": "1.0"}))["party"]
    assert party["settings"]["client_version"] == "1.0"
    refused = problem(bob.post(join_path(party), {"client_version": "0.9"}))
    assert (refused["status"], refused["code"], refused["requiredVersion"]) == (409, "VERSION_MISMATCH", "1.0")
    assert problem(bob.post(join_path(party)))["code"] == "VERSION_MISMATCH"
    joined = good(bob.post(join_path(party), {"client_version": "1.0"}))
    assert [member["client_version"] for member in joined["party"]["members"]] == ["1.0", "1.0"]


def test_a_player_who_is_invited_joins_with_the_invite(ann: Rest, bob: Rest) -> None:
    party = ann.makes(visibility="invite_only", password="sesame")
    assert code(bob.post(join_path(party))) == (404, "NOT_FOUND")
    assert code(bob.post(f"/party/{party['join_code']}/join")) == (403, "NOT_INVITED")
    given = f'{{partyId: "{party["party_id"]}", playerId: "{bob.id}"}}'
    act = f"mutation {{ invitePlayer(input: {given}) {{ ... on InviteChanged {{ invite {{ id }} }} }} }}"
    invite_id = ann.graphql(act)["invitePlayer"]["invite"]["id"]
    assert code(bob.post(f"/party/{uuid4()}/join", {"invite_id": invite_id})) == (404, "NOT_FOUND")
    joined = good(bob.post(join_path(party), {"invite_id": invite_id, "character_class": "Mage"}))
    assert joined["party"]["members"][1]["player_id"] == bob.id
    assert joined["party"]["invites"] == []
    good(bob.post(f"/party/{party['party_id']}/leave"))
    assert code(bob.post(join_path(party), {"invite_id": invite_id})) == (410, "INVITE_GONE")


def test_too_many_wrong_passwords_are_rate_limited(ann: Rest, bob: Rest) -> None:
    party = ann.makes(password="sesame")
    codes = [code(bob.post(join_path(party), {"password": "sesam"})) for _ in range(6)]
    assert codes == [(403, "WRONG_PASSWORD")] * 5 + [(429, "RATE_LIMITED")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"settings": {"name": "\t"}}, "settings.name"),
        ({"settings": {"max_members": 9}}, "settings.max_members"),
        ({"settings": {"max_members": "4"}}, "settings.max_members"),
        ({"settings": {"game_type": "COOP"}}, "settings.game_type"),
        ({"settings": {"countdown_seconds": 31}}, "settings.countdown_seconds"),
        ({"settings": {"difficulty": "Absurd"}}, "settings.difficulty"),
        ({"settings": {"password": "abc"}}, "settings.password"),
        ({"settings": []}, "settings"),
        ({"nmae": "Into the dark"}, "nmae"),
        ({"attributes": [{"key": "a b", "value": ""}]}, "attributes.0.key"),
        ({"character_class": "\udc00"}, "character_class"),
        ("create", None),
    ],
)
def test_a_problem_names_the_invalid_field(ann: Rest, body: object, field: str | None) -> None:
    refused = problem(ann.post("/party", content=json.dumps(body), headers=JSON_TYPE))
    assert (refused["status"], refused["code"], refused["field"]) == (400, "INVALID_INPUT", field)


def test_an_invalid_value_is_not_repeated(ann: Rest) -> None:
    """It may be a password."""
    answer = ann.post("/party", {"settings": {"password": {"my": "sesame"}}})
    assert code(answer) == (400, "INVALID_INPUT")
    assert "sesame" not in answer.text


def test_a_session_needs_a_party(ann: Rest) -> None:
    assert problem(ann.post("/session"))["field"] == "party_id"


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"1" * 5_000, "application/json", 400),
        (b"player_id=ann", "application/x-www-form-urlencoded", 415),
        (b"{}", "application/json; charset=latin-1", 415),
        (b" " * 300_000, "application/json", 413),
    ],
)
def test_an_invalid_body_is_refused(ann: Rest, content: bytes, content_type: str, status: int) -> None:
    answer = ann.post("/party", content=content, headers={"Content-Type": content_type})
    assert problem(answer)["status"] == status


@pytest.mark.parametrize("content", [b"", b"null", b"{}"])
def test_a_body_may_be_left_out_or_empty(url: str, content: bytes) -> None:
    """UnityWebRequest sends even an empty POST with the content type of a form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded" if content == b"" else "application/json"}
    good(guest(url).post("/party", content=content, headers=headers))


def test_a_query_that_is_too_long_is_refused(ann: Rest) -> None:
    assert code(ann.get("/sessions", params={"after": "x" * 20_000})) == (414, "LIMIT_EXCEEDED")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/party", 405)])
def test_an_unknown_path_or_method_gets_a_problem(ann: Rest, method: str, path: str, status: int) -> None:
    answer = ann.request(method, path)
    assert problem(answer)["status"] == status
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)


def test_a_response_has_a_request_id_and_is_not_stored(ann: Rest) -> None:
    answer = ann.get("/sessions", headers={"X-Request-Id": "from-the-proxy"})
    assert (answer.headers["x-request-id"], answer.headers["cache-control"]) == ("from-the-proxy", "no-store")


def test_an_internal_error_is_masked_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raise RuntimeError("the dragon is loose")

    with served(RequestGuard(broken)) as url, caplog.at_level(logging.ERROR):
        answer = httpx.get(f"{url}/party", headers={"X-Request-Id": "r1"}, trust_env=False)
    body = problem(answer)
    assert (body["status"], body["code"], body["requestId"]) == (500, "INTERNAL", "r1")
    assert "dragon" not in answer.text
    assert [record.getMessage() for record in caplog.records] == ["internal error in GET '/party', request r1"]


def test_a_path_cannot_forge_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raise RuntimeError("a dragon")

    with served(RequestGuard(broken)) as url, caplog.at_level(logging.ERROR):
        httpx.get(
            f"{url}/party%0A2026-01-01%20INFO%20lobby:%20forged",
            headers={"x-request-id": "r1; forged"},
            trust_env=False,
        )

    (line,) = (record.getMessage() for record in caplog.records)
    assert "\n" not in line
    assert "r1" not in line


def test_the_rules_bound_a_text_and_not_the_form_of_the_body(ann: Rest) -> None:
    """So REST accepts every text that GraphQL accepts."""
    rejected = problem(ann.post("/party", {"settings": {"name": "x" * 5_000}}))
    assert (rejected["field"], rejected["detail"]) == ("settings.name", "Must be 1 to 48 characters.")


def test_the_docs_list_every_code_with_its_status() -> None:
    rows = [row.split("|")[1:3] for row in DOCS.splitlines() if row.startswith(("| 4", "| 5"))]
    documented = {
        int(status): set(re.findall(r"`([A-Z_]+)`", codes))
        for row in rows
        for status in row[0].split(",")
        for codes in row[1:]
    }
    expected = {status: set(codes_of(status)) for status in range(400, 600) if codes_of(status)}
    assert documented == expected, "change the table of problems in docs/rest.md"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "latin-1"])
def test_a_body_in_another_encoding_is_refused(url: str, encoding: str) -> None:
    body = '{"settings":{"name":"Größe"}}'.encode(encoding)
    answer = guest(url).request("POST", "/party", headers={"Content-Type": "application/json"}, content=body)
    assert code(answer) == (400, "BAD_REQUEST")


def test_a_byte_order_mark_of_utf_8_is_taken(url: str) -> None:
    body = b'\xef\xbb\xbf{"settings":{"name":"Into the dark"}}'
    answer = guest(url).request("POST", "/party", headers={"Content-Type": "application/json"}, content=body)
    assert good(answer)["party_id"]

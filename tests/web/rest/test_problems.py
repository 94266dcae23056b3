"""What a request that comes to nothing is answered."""

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
from lobby.http.rest.gate import Gate
from lobby.http.rest.statuses import OF_REJECTION
from tests.http.rest_client import Rest, code, good, guest, problem, running
from tests.needs import ROOT
from tests.serving import served

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
    assert OF_REJECTION.keys() == set(RejectionCode)
    assert {HTTPStatus(status) // 100 for status in OF_REJECTION.values()} == {4, 5}


def test_a_problem_has_all_that_a_rejection_has(ann: Rest, bob: Rest) -> None:
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
        "requestId": None,
        "current": None,
    }


def test_a_full_party_is_a_conflict(ann: Rest, bob: Rest) -> None:
    assert code(bob.post(join_path(ann.makes(max_members=1)))) == (409, "PARTY_FULL")


def test_a_locked_party_is_locked(ann: Rest, bob: Rest) -> None:
    party = ann.makes()
    ann.graphql(
        "mutation ($id: ID!) { updateParty(input: {partyId: $id, settings: {locked: true}}) { __typename } }",
        id=party["party_id"],
    )
    assert code(bob.post(join_path(party))) == (423, "PARTY_LOCKED")


def test_who_is_elsewhere_is_in_conflict_and_may_leave_in_the_same_step(ann: Rest, bob: Rest) -> None:
    party, others = ann.makes(), bob.makes()
    assert code(bob.post(join_path(party))) == (409, "ALREADY_IN_PARTY")
    assert bob.joins(party, leave_current=True)["status"] == "joined"
    assert code(ann.get(f"/party/{others['party_id']}")) == (404, "NOT_FOUND")


def test_the_party_as_it_stands_is_shown_to_who_may_see_it(ann: Rest, bob: Rest) -> None:
    party = ann.makes()
    bob.joins(party)
    refused = problem(bob.post("/session", {"party_id": party["party_id"]}))
    assert (refused["code"], refused["current"]["players"]) == ("NOT_LEADER", [ann.id, bob.id])


def test_a_private_party_is_not_there_for_others(ann: Rest, bob: Rest) -> None:
    party = ann.makes(visibility="private")
    path = f"/party/{party['party_id']}"
    answers = [bob.get(path), bob.post(f"{path}/join"), bob.post(f"{path}/leave"), bob.get(f"/party/{uuid4()}")]
    assert [code(answer) for answer in answers] == [(404, "NOT_FOUND")] * 4
    assert len({problem(answer)["detail"] for answer in answers}) == 1


def test_when_to_come_again_is_said_in_whole_seconds(ann: Rest, bob: Rest) -> None:
    party = ann.makes()
    ann.starts(party)
    refused = bob.post(join_path(party))
    told = problem(refused)
    assert (told["status"], told["code"], told["retryable"]) == (409, "PARTY_STARTING", True)
    assert 25_000 < told["retryAfterMs"] <= 30_000
    assert (int(refused.headers["retry-after"]) - 1) * 1000 < told["retryAfterMs"]


def test_wrong_passwords_are_too_many_in_the_end(ann: Rest, bob: Rest) -> None:
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
def test_an_input_at_fault_is_named(ann: Rest, body: object, field: str | None) -> None:
    refused = problem(ann.post("/party", content=json.dumps(body), headers=JSON_TYPE))
    assert (refused["status"], refused["code"], refused["field"]) == (400, "INVALID_INPUT", field)


def test_what_was_sent_is_not_repeated(ann: Rest) -> None:
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
        (b" " * 200_000, "application/json", 413),
    ],
)
def test_a_body_that_is_no_good_is_refused(ann: Rest, content: bytes, content_type: str, status: int) -> None:
    answer = ann.post("/party", content=content, headers={"Content-Type": content_type})
    assert problem(answer)["status"] == status


@pytest.mark.parametrize("content", [b"", b"null", b"{}"])
def test_no_body_is_as_good_as_an_empty_one(url: str, content: bytes) -> None:
    """UnityWebRequest gives even an empty POST the type of a form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded" if content == b"" else "application/json"}
    good(guest(url).post("/party", content=content, headers=headers))


def test_a_query_that_is_too_long_is_refused(ann: Rest) -> None:
    assert code(ann.get("/sessions", params={"after": "x" * 20_000})) == (414, "LIMIT_EXCEEDED")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/party", 405)])
def test_what_is_not_there_is_a_problem_too(ann: Rest, method: str, path: str, status: int) -> None:
    answer = ann.request(method, path)
    assert problem(answer)["status"] == status
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)


def test_answers_have_a_request_id_and_are_kept_by_nobody(ann: Rest) -> None:
    answer = ann.get("/sessions", headers={"X-Request-Id": "from-the-proxy"})
    assert (answer.headers["x-request-id"], answer.headers["cache-control"]) == ("from-the-proxy", "no-store")


def test_a_fault_of_ours_is_masked_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raise RuntimeError("the dragon is loose")

    with served(Gate(broken)) as url, caplog.at_level(logging.ERROR):
        answer = httpx.get(f"{url}/party", headers={"X-Request-Id": "r1"}, trust_env=False)
    told = problem(answer)
    assert (told["status"], told["code"], told["requestId"]) == (500, "INTERNAL", "r1")
    assert "dragon" not in answer.text
    assert [record.getMessage() for record in caplog.records] == ["Fault in GET '/party', request r1"]


def test_a_path_can_forge_no_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raise RuntimeError("a dragon")

    with served(Gate(broken)) as url, caplog.at_level(logging.ERROR):
        httpx.get(
            f"{url}/party%0A2026-01-01%20INFO%20lobby:%20forged",
            headers={"x-request-id": "r1; forged"},
            trust_env=False,
        )

    (line,) = (record.getMessage() for record in caplog.records)
    assert "\n" not in line
    assert "r1" not in line


def test_the_table_in_the_docs_is_the_one_that_holds() -> None:
    rows = (row.split("|")[1:3] for row in DOCS.splitlines() if row.startswith(("| 4", "| 5")))
    told = {name: int(row[0][:4]) for row in rows for name in re.findall(r"`([A-Z_]+)`", row[1])}
    assert {rejection.value: status for rejection, status in OF_REJECTION.items()}.items() <= told.items()

"""Sessions over REST: starting, showing and listing them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import jwt
import pytest

from tests.web.rest_client import Answer, Rest, code, good, guest, problem, running, wait_for_answer


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def ann(url: str) -> Rest:
    return guest(url)


@pytest.fixture
def bob(url: str) -> Rest:
    return guest(url, "Bob")


def running_session(leader: Rest, party: Answer) -> Answer:
    """The running session of the party, as its leader sees it."""
    session_id = leader.starts(party)["session_id"]
    shown: Answer = wait_for_answer(
        lambda: leader.get(f"/session/{session_id}"), lambda shown: shown["status"] == "in_progress"
    )
    return shown


def test_a_start_does_not_wait_for_members_who_are_not_ready(ann: Rest, bob: Rest) -> None:
    """REST has no request to get ready."""
    party = ann.makes(countdown_seconds=30)
    bob.joins(party)
    made = ann.starts(party)
    assert (made["status"], made["party"]["state"]) == ("waiting", "starting")
    assert made["starts_at"] == made["party"]["starts_at"]


def test_a_session_shows_its_host_and_no_ticket_while_another_is_being_found(ann: Rest, bob: Rest) -> None:
    party = ann.makes()
    bob.joins(party)
    shown = running_session(ann, party)
    path, session_id = f"/session/{shown['session_id']}", shown["session_id"]
    assert (shown["host"]["player_id"], shown["host"]["term"], shown["host_candidate"]) == (ann.id, 1, None)
    assert shown["ticket"] is not None
    ann.graphql(f'mutation {{ yieldHost(input: {{sessionId: "{session_id}"}}) {{ __typename }} }}')
    shown = good(ann.get(path))
    assert (shown["host"], shown["ticket"]) == (None, None)
    assert (shown["host_candidate"]["player_id"], shown["host_candidate"]["term"]) == (bob.id, 2)


def test_a_start_without_force_needs_everyone_ready(ann: Rest, bob: Rest) -> None:
    party = ann.makes()
    bob.joins(party)
    refused = ann.post("/session", {"party_id": party["party_id"], "force": False})
    assert code(refused) == (409, "NOT_READY")


def test_a_party_id_that_has_no_utf8_form_is_invalid_input(ann: Rest) -> None:
    """SQLite cannot be asked for such a text: it led to an internal error."""
    answer = ann.post("/session", content=b'{"party_id": "\\ud800"}', headers={"content-type": "application/json"})

    assert code(answer) == (400, "INVALID_INPUT")


def test_each_player_inside_gets_an_own_ticket(ann: Rest, bob: Rest, url: str) -> None:
    party = ann.makes(countdown_seconds=0)
    bob.joins(party, character_class="Mage")
    session = running_session(ann, party)
    tickets = [session["ticket"]["token"], good(bob.get(f"/session/{session['session_id']}"))["ticket"]["token"]]
    keys = jwt.PyJWKSet.from_dict(good(ann.get("/.well-known/jwks.json")))
    claims = [jwt.decode(ticket, keys[jwt.get_unverified_header(ticket)["kid"]]) for ticket in tickets]
    assert [claim["sub"] for claim in claims] == [ann.id, bob.id]
    assert {claim["session"] for claim in claims} == {session["session_id"]}
    assert [claim["class"] for claim in claims] == [None, "Mage"]


def test_a_late_joiner_enters_the_session_at_once(ann: Rest, bob: Rest) -> None:
    party = ann.makes(countdown_seconds=0)
    session = running_session(ann, party)
    joined = bob.joins(party)
    assert joined["ticket"]["token"]
    assert good(ann.get(f"/session/{session['session_id']}"))["party"] == [ann.id, bob.id]


def test_an_outsider_sees_a_public_session_without_its_endpoint(ann: Rest, bob: Rest) -> None:
    party = ann.makes(countdown_seconds=0)
    session = running_session(ann, party)
    endpoint = {"address": "192.0.2.7", "port": 7777, "protocol": "udp"}
    ann.graphql(
        "mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { __typename } }",
        input={"sessionId": session["session_id"], "endpoint": endpoint, "floor": 3},
    )
    path = f"/session/{session['session_id']}"
    inside, outside = good(ann.get(path)), good(bob.get(path))
    assert inside["endpoint"] == {**endpoint, "relay_code": None}
    assert (outside["floor"], outside["endpoint"], outside["ticket"]) == (3, None, None)
    [row] = [row for row in good(Rest(bob.url).get("/sessions")) if row["session_id"] == session["session_id"]]
    assert row["endpoint"] is None


def test_a_private_session_exists_for_members_only(ann: Rest, bob: Rest) -> None:
    party = ann.makes(visibility="private", countdown_seconds=0)
    session = running_session(ann, party)
    path = f"/session/{session['session_id']}"
    assert code(bob.get(path)) == (404, "NOT_FOUND")

    def seen_by(client: Rest) -> bool:
        return session["session_id"] in [row["session_id"] for row in good(client.get("/sessions"))]

    assert [seen_by(ann), seen_by(bob), seen_by(Rest(ann.url))] == [True, False, False]


def test_a_private_party_can_be_joined_by_its_code(ann: Rest, bob: Rest) -> None:
    party = ann.makes(visibility="private")
    typed = party["join_code"].lower()
    assert good(bob.post(f"/party/{typed[:3]}-{typed[3:]}/join"))["party"]["players"] == [ann.id, bob.id]
    assert code(bob.post("/party/222222/join")) == (404, "NOT_FOUND")


def test_a_completed_session_is_no_longer_listed(ann: Rest) -> None:
    party = ann.makes(countdown_seconds=0)
    session = running_session(ann, party)
    ann.graphql(
        'mutation ($id: ID!) { completeSession(input: {sessionId: $id, outcome: "won"}) { __typename } }',
        id=session["session_id"],
    )
    shown = good(ann.get(f"/session/{session['session_id']}"))
    assert (shown["status"], shown["outcome"], shown["ticket"]) == ("complete", "won", None)
    assert session["session_id"] not in [row["session_id"] for row in good(ann.get("/sessions"))]
    assert good(ann.get(f"/party/{party['party_id']}"))["session_id"] is None


def test_an_unknown_session_is_a_404(ann: Rest) -> None:
    assert problem(ann.get(f"/session/{uuid4()}"))["field"] == "session_id"


def test_the_sessions_are_listed_in_pages() -> None:
    with running() as url:
        leaders = [guest(url) for _ in range(5)]
        started = [leader.starts(leader.makes(countdown_seconds=30))["session_id"] for leader in leaders]
        client, seen = Rest(url), []
        page = client.get("/sessions", params={"first": 2})
        while True:
            seen.append([row["session_id"] for row in good(page)])
            if "next" not in page.links:
                break
            page = client.get(page.links["next"]["url"])
        assert [len(rows) for rows in seen] == [2, 2, 1]
        assert [session_id for rows in seen for session_id in rows] == started[::-1]


@pytest.mark.parametrize("query", ["first=0", "first=51", "first=many", "after=nowhere"])
def test_an_invalid_page_is_refused(url: str, query: str) -> None:
    refused = problem(Rest(url).get(f"/sessions?{query}"))
    assert (refused["status"], refused["code"], refused["field"]) == (400, "INVALID_INPUT", query.partition("=")[0])

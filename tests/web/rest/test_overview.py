"""The requests of the server overview, on an open server."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from tests.web.rest_client import Answer, Rest, code, good, running, wait_for_answer


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(open_rest=True, countdown_s=0) as url:
        yield url


@pytest.fixture
def client(url: str) -> Rest:
    return Rest(url)


@pytest.fixture
def party(client: Rest) -> Answer:
    made: Answer = good(client.post("/party"))
    return made


def name() -> str:
    """A player id that no other test uses."""
    return f"player {uuid4()}"


def join(client: Rest, party: Answer, player_id: str) -> Answer:
    answer: Answer = good(client.post(f"/party/{party['party_id']}/join", params={"player_id": player_id}))
    return answer


def test_a_party_is_created_without_a_body(party: Answer) -> None:
    assert UUID(party["party_id"])
    assert party["party"]["players"] == []


def test_a_player_joins_by_the_id_in_the_query(client: Rest, party: Answer) -> None:
    ann, bob = name(), name()
    assert join(client, party, ann)["status"] == "joined"
    assert join(client, party, bob)["party"]["players"] == [ann, bob]


def test_a_player_joins_by_the_id_in_the_body(client: Rest, party: Answer) -> None:
    ann = name()
    joined = good(client.post(f"/party/{party['party_id']}/join", {"player_id": ann}))
    assert (joined["status"], joined["party"]["players"]) == ("joined", [ann])


def test_the_first_to_join_leads(client: Rest, party: Answer) -> None:
    ann = name()
    join(client, party, ann)
    assert join(client, party, name())["party"]["leader_id"] == ann


def test_joining_the_own_party_again_succeeds(client: Rest, party: Answer) -> None:
    ann = name()
    assert join(client, party, ann)["seq"] == join(client, party, ann)["seq"]


def test_a_player_leaves(client: Rest, party: Answer) -> None:
    ann, bob = name(), name()
    for player_id in (ann, bob):
        join(client, party, player_id)
    left = good(client.post(f"/party/{party['party_id']}/leave", params={"player_id": ann}))
    assert (left["status"], left["party"]["players"]) == ("left", [bob])


def test_the_party_closes_when_the_last_member_leaves(client: Rest, party: Answer) -> None:
    ann = name()
    join(client, party, ann)
    good(client.post(f"/party/{party['party_id']}/leave", params={"player_id": ann}))
    again = client.post(f"/party/{party['party_id']}/join", params={"player_id": name()})
    assert code(again) == (410, "PARTY_CLOSED")


def test_a_session_starts_for_the_party_in_the_query(client: Rest, party: Answer) -> None:
    players = [name(), name()]
    for player_id in players:
        join(client, party, player_id)
    made = good(client.post("/session", params={"party_id": party["party_id"]}))
    assert UUID(made["session_id"])
    shown = good(client.get(f"/session/{made['session_id']}"))
    assert shown["session_id"] == made["session_id"]
    assert shown["party"] == players
    assert shown["status"] in ("waiting", "in_progress")
    assert made["session_id"] in [row["session_id"] for row in good(client.get("/sessions"))]
    assert good(client.get(f"/party/{party['party_id']}"))["session_id"] == made["session_id"]


def test_a_session_starts_for_the_party_in_the_body(client: Rest, party: Answer) -> None:
    join(client, party, name())
    made = good(client.post("/session", {"party_id": party["party_id"]}))
    again = good(client.post("/session", {"party_id": party["party_id"]}))
    assert made["session_id"] == again["session_id"], "while one is starting or running it is that one"


def test_the_list_shows_a_session_as_its_own_path_does(client: Rest, party: Answer) -> None:
    join(client, party, name())
    made = good(client.post("/session", params={"party_id": party["party_id"]}))
    [row] = [row for row in good(client.get("/sessions")) if row["session_id"] == made["session_id"]]
    assert row.keys() == good(client.get(f"/session/{made['session_id']}")).keys() - {"ticket", "receipt"}


def test_an_empty_party_starts_no_session(client: Rest, party: Answer) -> None:
    refused = client.post("/session", params={"party_id": party["party_id"]})
    assert code(refused) == (409, "TOO_FEW_MEMBERS")


def test_an_empty_party_closes_after_a_grace() -> None:
    with running(open_rest=True, grace_waiting_s=0.2) as url:
        client = Rest(url)
        party = good(client.post("/party"))
        gone = wait_for_answer(lambda: client.get(f"/party/{party['party_id']}"), lambda shown: "code" in shown)
        assert gone["code"] == "NOT_FOUND"


@pytest.mark.parametrize("path", ["/party/{id}/join", "/party/{id}/leave"])
def test_acting_in_a_party_needs_a_player_id(client: Rest, party: Answer, path: str) -> None:
    refused = client.post(path.replace("{id}", party["party_id"]))
    assert code(refused) == (400, "INVALID_INPUT")
    assert refused.json()["field"] == "player_id"

"""A request that is sent again with the same Idempotency-Key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.web.rest_client import Answer, Rest, code, good, guest, problem, running


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(open_rest=True) as url:
        yield url


@pytest.fixture
def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def _creating(ann: Rest, party: Answer) -> tuple[str, Answer]:
    return "/party", {"settings": {"name": "Another"}, "leave_current": True}


def _joining(ann: Rest, party: Answer) -> tuple[str, Answer]:
    return f"/party/{guest(ann.url).makes()['party_id']}/join", {"leave_current": True}


def _leaving(ann: Rest, party: Answer) -> tuple[str, Answer]:
    return f"/party/{party['party_id']}/leave", {}


def _starting(ann: Rest, party: Answer) -> tuple[str, Answer]:
    return "/session", {"party_id": party["party_id"]}


@pytest.mark.parametrize("of", [_creating, _joining, _leaving, _starting])
def test_a_repeated_request_gets_the_stored_response(
    url: str, key: dict[str, str], of: Callable[[Rest, Answer], tuple[str, Answer]]
) -> None:
    ann = guest(url)
    path, body = of(ann, ann.makes(countdown_seconds=30))
    first = good(ann.post(path, body, headers=key))
    again = good(ann.post(path, body, headers=key))
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again == {**first, "replayed": True}


def test_a_uuid_in_upper_case_is_the_same_key(url: str, key: dict[str, str]) -> None:
    ann = guest(url)
    first = good(ann.post("/party", headers=key))
    again = good(ann.post("/party", headers={"Idempotency-Key": key["Idempotency-Key"].upper()}))
    assert again == {**first, "replayed": True}


def test_a_key_cannot_be_used_for_another_request(url: str, key: dict[str, str]) -> None:
    ann = guest(url)
    party = good(ann.post("/party", headers=key))
    other_body = ann.post("/party", {"leave_current": True}, headers=key)
    other_path = ann.post(f"/party/{party['party_id']}/leave", headers=key)
    assert [code(other_body), code(other_path)] == [(422, "IDEMPOTENCY_KEY_REUSED")] * 2


def test_two_players_can_use_the_same_key(url: str, key: dict[str, str]) -> None:
    made = {good(guest(url).post("/party", headers=key))["party_id"] for _ in range(2)}
    assert len(made) == 2


def test_a_rejected_request_does_not_use_up_its_key(url: str, key: dict[str, str]) -> None:
    ann = guest(url)
    party = guest(url).makes(password="sesame")
    join = f"/party/{party['party_id']}/join"
    assert code(ann.post(join, {"password": "sesam"}, headers=key)) == (403, "WRONG_PASSWORD")
    assert good(ann.post(join, {"password": "sesame"}, headers=key))["replayed"] is False


def test_a_party_without_a_creator_is_created_once(url: str, key: dict[str, str]) -> None:
    client = Rest(url)
    made = [good(client.post("/party", headers=key)) for _ in range(2)]
    assert (made[0]["party_id"], made[1]["replayed"]) == (made[1]["party_id"], True)


@pytest.mark.parametrize("bad", ["", "k" * 65])
def test_a_key_has_1_to_64_characters(url: str, bad: str) -> None:
    refused = problem(guest(url).post("/party", headers={"Idempotency-Key": bad}))
    assert (refused["status"], refused["field"]) == (400, "Idempotency-Key")

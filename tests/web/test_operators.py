"""Operators read the metrics and everything else of a running server, and can change nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lobby.auth.api_keys import hash_key, new_key
from lobby.ports import StoreCounts, Unavailable
from lobby.stores.local.store import LocalStore
from lobby.stores.valkey.store import ValkeyStore
from tests.web.event_client import events
from tests.web.rest_client import Rest, code, good, guest, running, wait_for_answer
from tests.web.updates_client import following

OLD, NEW = new_key("operator"), new_key("operator")
PARTY = "query ($id: ID!) { party(id: $id) { joinCode members { attributes { key } } state } }"
PARTY_VERSION = "query ($id: ID!) { party(id: $id) { version } }"
FOLLOW = (
    "subscription ($id: ID!, $after: Cursor) { partyEvents(partyId: $id, after: $after) { __typename seq cursor } }"
)
SAY = "mutation ($id: ID!, $text: String!) { postMessage(input: {partyId: $id, text: $text}) { __typename } }"
HISTORY = "query ($id: ID!) { partyHistory(partyId: $id) { __typename ... on MessagePosted { text } } }"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(operator_keys=[hash_key(OLD), hash_key(NEW)], countdown_s=0) as url:
        yield url


def numbers(client: Rest) -> dict[str, float]:
    """The samples by their names and labels, as Prometheus reads them."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = text_string_to_metric_families(answer.text)
    return {" ".join([s.name, *s.labels.values()]): s.value for family in families for s in family.samples}


@pytest.mark.parametrize("key", [OLD, NEW], ids=["old", "new"])
def test_the_old_and_the_new_operator_key_both_read_the_metrics(url: str, key: str) -> None:
    assert "lobby_parties" in numbers(Rest(url, key))


@pytest.mark.parametrize("token", ["", "lobby-operator-made-up", hash_key(NEW)], ids=["none", "made up", "the hash"])
def test_the_metrics_need_an_operator_key(url: str, token: str) -> None:
    assert code(Rest(url, token).get("/metrics")) == (401, "UNAUTHENTICATED")
    assert code(guest(url).get("/metrics")) == (401, "UNAUTHENTICATED")


def test_without_operator_keys_everybody_reads_the_metrics() -> None:
    with running() as url:
        assert numbers(Rest(url))["lobby_parties"] == 0
        assert numbers(Rest(url))["lobby_saved_runs"] == 0


async def test_the_metrics_count_parties_followers_and_mutations(url: str) -> None:
    operator, ann, bob = Rest(url, NEW), guest(url), guest(url)
    before = numbers(operator)
    party = ann.makes()
    ann.post("/party")  # rejected: she is in one
    bob.joins(party)
    bob.joins(party)
    async with following(ann, party) as client:
        await client.receive()
        after = numbers(operator)
    risen = {name: value - before.get(name, 0) for name, value in after.items()}
    assert (risen["lobby_parties"], risen["lobby_followers"], risen["lobby_connections"]) == (1, 1, 1)
    assert risen["lobby_mutations_total create_party done"] == 1
    assert risen["lobby_mutations_total create_party rejected"] == 1
    assert risen["lobby_mutations_total join_party done"] == 2
    assert risen["lobby_rejections_total ALREADY_IN_PARTY"] == 1
    assert risen["lobby_commit_seconds_count"] >= 2
    assert risen["lobby_commit_seconds_bucket +Inf"] == risen["lobby_commit_seconds_count"]
    assert risen["lobby_commit_seconds_sum"] > 0


def test_a_ready_server_reports_ready(url: str) -> None:
    assert good(Rest(url).get("/readyz")) == {"status": "ready"}


def test_an_operator_sees_a_private_party_but_not_its_code(url: str) -> None:
    operator, ann = Rest(url, NEW), guest(url)
    party = ann.makes(visibility="private")
    rank = '[{key: "rank", value: "7"}]'
    changed = f"mutation ($id: ID!) {{ updateMember(input: {{partyId: $id, attributes: {rank}}}) {{ __typename }} }}"
    ann.graphql(changed, id=party["party_id"])
    seen = operator.graphql(PARTY, id=party["party_id"])["party"]
    assert seen == {"joinCode": None, "members": [{"attributes": [{"key": "rank"}]}], "state": "WAITING"}
    assert guest(url).graphql(PARTY, id=party["party_id"])["party"] is None


def test_an_operator_reads_the_messages_of_a_party(url: str) -> None:
    operator, ann = Rest(url, NEW), guest(url)
    party_id = ann.makes(visibility="private")["party_id"]
    said = 'mutation ($id: ID!) { postMessage(input: {partyId: $id, text: "hello"}) { __typename } }'
    ann.graphql(said, id=party_id)
    history = operator.graphql(HISTORY, id=party_id)["partyHistory"]
    assert history[-1] == {"__typename": "MessagePosted", "text": "hello"}


async def test_an_operator_follows_a_party_unseen_until_it_closes(url: str) -> None:
    ann = guest(url)
    party_id = ann.makes(visibility="private")["party_id"]
    joined = ann.graphql(PARTY_VERSION, id=party_id)["party"]["version"]
    headers = {"Authorization": f"Bearer {NEW}"}
    async with events(url, FOLLOW, headers, id=party_id) as stream:
        first = await stream.receive()
        assert first is not None
        assert first.result["data"]["partyEvents"]["__typename"] == "PartySnapshot"
        ann.graphql(SAY, id=party_id, text="hello")
        ann.post(f"/party/{party_id}/leave")
        told = [event.result["data"]["partyEvents"] for event in await stream.receive_all() if event.event == "next"]
    assert [event["__typename"] for event in told] == ["MessagePosted", "MemberLeft", "PartyClosed"]
    assert [event["seq"] for event in told] == [joined + 1, joined + 2, joined + 3]
    after = first.result["data"]["partyEvents"]["cursor"]
    async with events(url, FOLLOW, headers, id=party_id, after=after) as stream:
        again = [event.result["data"]["partyEvents"] for event in await stream.receive_all() if event.event == "next"]
    assert again == told
    async with events(url, FOLLOW, headers, id=party_id, after=told[-1]["cursor"]) as stream:
        ended = await stream.receive()
        assert ended is not None
        assert ended.result["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_an_operator_sees_a_private_session(url: str) -> None:
    operator, ann = Rest(url, NEW), guest(url)
    session_id = ann.starts(ann.makes(visibility="private"))["session_id"]
    wait_for_answer(lambda: ann.get(f"/session/{session_id}"), lambda seen: seen["status"] == "in_progress")
    asked = "query ($id: ID!) { session(id: $id) { status endpoint { port } } }"
    assert operator.graphql(asked, id=session_id)["session"] == {"status": "IN_PROGRESS", "endpoint": None}


@pytest.mark.parametrize(
    "act",
    [
        "createParty(input: {})",
        'postMessage(input: {partyId: $id, text: "x"})',
        "joinParty(input: {partyId: $id})",
        "disbandParty(input: {partyId: $id})",
        "updateSession(input: {sessionId: $id, floor: 2})",
        "completeSession(input: {sessionId: $id})",
    ],
)
def test_an_operator_cannot_change_anything(url: str, act: str) -> None:
    party_id = guest(url).makes()["party_id"]
    uses = "($id: ID!)" if "$id" in act else ""
    body = {"query": f"mutation {uses} {{ {act} {{ __typename }} }}", "variables": {"id": party_id}}
    answer = Rest(url, NEW).post("/graphql", body).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


def test_the_metrics_say_that_the_store_answers(url: str) -> None:
    assert numbers(Rest(url, NEW))["lobby_store_up"] == 1


def test_the_metrics_are_served_while_the_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: object) -> StoreCounts:
        raise Unavailable("connection refused")

    with running() as url:
        for store in (LocalStore, ValkeyStore):
            monkeypatch.setattr(store, "store_counts", fail)
        seen = numbers(Rest(url))
    assert seen["lobby_store_up"] == 0
    assert "lobby_followers" in seen
    assert "lobby_parties" not in seen

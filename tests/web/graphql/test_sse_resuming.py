"""A party's stream as server-sent events resumes behind the id of any event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import anyio
import anyio.to_thread
import pytest

from tests.web.event_client import Event, EventClient, events
from tests.web.rest_client import Answer, Rest, good, guest, running, wait_for_answer

FOLLOW = "subscription ($partyId: ID!, $after: Cursor) { partyEvents(partyId: $partyId, after: $after) { %s } }"
PLAIN = FOLLOW % "__typename seq cursor ... on MessagePosted { text }"
SAY = "mutation ($input: PostMessageInput!) { postMessage(input: $input) { __typename } }"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def ann(url: str) -> Rest:
    return guest(url)


@pytest.fixture
def party(ann: Rest) -> Answer:
    return ann.makes()


def signed_in(player: Rest, last_event_id: str | None = None) -> dict[str, str]:
    place = {"Last-Event-ID": last_event_id} if last_event_id is not None else {}
    return {"Authorization": f"Bearer {player.token}", **place}


def says(player: Rest, party: Answer, *texts: str) -> None:
    for text in texts:
        player.graphql(SAY, input={"partyId": party["party_id"], "text": text})


async def receive(client: EventClient) -> Event:
    event = await client.receive()
    assert event is not None, "the stream ended"
    return event


def shown(event: Event) -> Answer:
    answer: Answer = event.result["data"]["partyEvents"]
    return answer


async def test_the_id_of_an_event_is_its_cursor(ann: Rest, party: Answer) -> None:
    async with events(ann.url, PLAIN, signed_in(ann), partyId=party["party_id"]) as client:
        says(ann, party, "one")
        for event in (await receive(client), await receive(client)):
            assert event.id == shown(event)["cursor"]


async def test_the_id_does_not_depend_on_the_selection(ann: Rest, party: Answer) -> None:
    fields = "... on Heartbeat @skip(if: true) { seq } ... on PartyEvent { kind: __typename }"
    async with events(ann.url, FOLLOW % fields, signed_in(ann), partyId=party["party_id"]) as client:
        event = await receive(client)
        assert (event.id, shown(event)) == (party["party"]["cursor"], {"kind": "PartySnapshot"})


async def test_a_stream_resumes_behind_the_last_event_id(ann: Rest, party: Answer) -> None:
    async with events(ann.url, PLAIN, signed_in(ann), partyId=party["party_id"]) as client:
        await receive(client)
        says(ann, party, "one")
        last = await receive(client)
    says(ann, party, "two", "three")
    async with events(ann.url, PLAIN, signed_in(ann, last.id), partyId=party["party_id"]) as client:
        heard = [shown(await receive(client))]
        while heard[-1].get("text") != "three":
            heard.append(shown(await receive(client)))
    seqs = [event["seq"] for event in heard]
    assert seqs == list(range(shown(last)["seq"] + 1, seqs[-1] + 1))
    assert [event["text"] for event in heard if "text" in event] == ["two", "three"]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_the_last_event_id_takes_precedence_over_the_operations_cursor(
    ann: Rest, party: Answer, method: str
) -> None:
    """The EventSource of a browser repeats its request unchanged."""
    says(ann, party, "one", "two")
    shown_party = good(ann.get(f"/party/{party['party_id']}"))
    epoch, _, head = shown_party["cursor"].partition(".")
    place = f"{epoch}.{int(head) - 1}"
    asked = {"partyId": party["party_id"], "after": party["party"]["cursor"]}
    async with events(ann.url, PLAIN, signed_in(ann, place), method, **asked) as client:
        assert shown(await receive(client))["seq"] == int(head)


async def test_a_last_event_id_of_another_log_gets_a_snapshot(ann: Rest, party: Answer) -> None:
    async with events(ann.url, PLAIN, signed_in(ann, "nowhere"), partyId=party["party_id"]) as client:
        assert shown(await receive(client))["__typename"] == "PartySnapshot"


async def test_a_session_stream_resumes_too(ann: Rest, party: Answer) -> None:
    session_id = ann.starts(party)["session_id"]
    query = "subscription ($id: ID!) { sessionEvents(sessionId: $id) { __typename seq } }"
    async with events(ann.url, query, signed_in(ann, party["party"]["cursor"]), id=session_id) as client:
        event = await receive(client)
        assert event.result["data"]["sessionEvents"]["seq"] == party["seq"] + 1


async def test_frames_without_an_entry_have_no_id() -> None:
    with running(heartbeat_s=0.1) as url:
        ann = guest(url)
        party = ann.makes()
        async with events(url, PLAIN, signed_in(ann), partyId=party["party_id"]) as client:
            await receive(client)
            beat = await receive(client)
            assert (shown(beat)["__typename"], beat.id) == ("Heartbeat", None)
            good(ann.post(f"/party/{party['party_id']}/leave"))
            rest = [event for event in await client.receive_all() if "Heartbeat" not in event.data]
        kinds = [shown(event)["__typename"] for event in rest[:-1]]
        assert kinds == ["MemberLeft", "PartyClosed", "Removed"]
        assert [event.id is None for event in rest] == [False, False, True, True]
        assert rest[-1].event == "complete"


async def test_events_of_the_public_list_have_no_id(ann: Rest, party: Answer) -> None:
    async with events(ann.url, "subscription { lobbyEvents { change partyId } }", signed_in(ann)) as client:
        event = await receive(client)
        assert (event.event, event.id) == ("next", None)


async def test_a_stream_keeps_its_player_connected_until_it_ends(ann: Rest, party: Answer) -> None:
    bob = guest(ann.url, "Bob")
    bob.joins(party)

    def connection(shown_party: Answer) -> str:
        return str(shown_party["members"][1]["connection"])

    async with events(ann.url, PLAIN, signed_in(bob), partyId=party["party_id"]) as client:
        await receive(client)
    wait_for_answer(lambda: ann.get(f"/party/{party['party_id']}"), lambda shown: connection(shown) == "disconnected")


async def test_a_stranger_is_told_to_sign_in(url: str, party: Answer) -> None:
    async with events(url, PLAIN, partyId=party["party_id"]) as client:
        event, complete = await client.receive_all()
    assert event.result["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert complete.event == "complete"


async def test_a_shutdown_sends_a_reconnect_time_and_no_complete() -> None:
    with ExitStack() as stack:
        url = stack.enter_context(running())
        ann = guest(url)
        party = ann.makes()
        query = FOLLOW % "... on Heartbeat { reconnectAfterMs }"
        async with events(url, query, signed_in(ann), partyId=party["party_id"]) as client:
            await receive(client)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.to_thread.run_sync, stack.close)
                [beat] = await client.receive_all()
        assert shown(beat)["reconnectAfterMs"] > 0

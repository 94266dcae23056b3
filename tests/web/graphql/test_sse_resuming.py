"""A party's stream as server-sent events: the id of each is the place to go on from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import anyio
import anyio.to_thread
import pytest

from tests.http.event_client import Event, EventClient, events
from tests.http.rest_client import Answer, Rest, good, guest, once, running

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


async def hear(client: EventClient) -> Event:
    event = await client.hear()
    assert event is not None, "the stream ended"
    return event


def shown(event: Event) -> Answer:
    answer: Answer = event.result["data"]["partyEvents"]
    return answer


async def test_the_id_of_an_event_is_its_cursor(ann: Rest, party: Answer) -> None:
    async with events(ann.url, PLAIN, signed_in(ann), partyId=party["party_id"]) as client:
        says(ann, party, "one")
        for event in (await hear(client), await hear(client)):
            assert event.id == shown(event)["cursor"]


async def test_the_id_is_there_whatever_is_selected(ann: Rest, party: Answer) -> None:
    fields = "... on Heartbeat @skip(if: true) { seq } ... on PartyEvent { kind: __typename }"
    async with events(ann.url, FOLLOW % fields, signed_in(ann), partyId=party["party_id"]) as client:
        event = await hear(client)
        assert (event.id, shown(event)) == (party["party"]["cursor"], {"kind": "PartySnapshot"})


async def test_whoever_was_cut_off_goes_on_behind_the_last_event_id(ann: Rest, party: Answer) -> None:
    async with events(ann.url, PLAIN, signed_in(ann), partyId=party["party_id"]) as client:
        await hear(client)
        says(ann, party, "one")
        last = await hear(client)
    says(ann, party, "two", "three")
    async with events(ann.url, PLAIN, signed_in(ann, last.id), partyId=party["party_id"]) as client:
        heard = [shown(await hear(client))]
        while heard[-1].get("text") != "three":
            heard.append(shown(await hear(client)))
    seqs = [event["seq"] for event in heard]
    assert seqs == list(range(shown(last)["seq"] + 1, seqs[-1] + 1))
    assert [event["text"] for event in heard if "text" in event] == ["two", "three"]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_the_last_event_id_counts_before_the_operations_own_place(ann: Rest, party: Answer, method: str) -> None:
    """A browser's EventSource repeats its request as it was."""
    says(ann, party, "one", "two")
    shown_party = good(ann.get(f"/party/{party['party_id']}"))
    epoch, _, head = shown_party["cursor"].partition(".")
    place = f"{epoch}.{int(head) - 1}"
    asked = {"partyId": party["party_id"], "after": party["party"]["cursor"]}
    async with events(ann.url, PLAIN, signed_in(ann, place), method, **asked) as client:
        assert shown(await hear(client))["seq"] == int(head)


async def test_a_last_event_id_of_another_log_leads_to_the_present(ann: Rest, party: Answer) -> None:
    async with events(ann.url, PLAIN, signed_in(ann, "nowhere"), partyId=party["party_id"]) as client:
        assert shown(await hear(client))["__typename"] == "PartySnapshot"


async def test_a_session_is_followed_and_resumed_alike(ann: Rest, party: Answer) -> None:
    session_id = ann.starts(party)["session_id"]
    query = "subscription ($id: ID!) { sessionEvents(sessionId: $id) { __typename seq } }"
    async with events(ann.url, query, signed_in(ann, party["party"]["cursor"]), id=session_id) as client:
        event = await hear(client)
        assert event.result["data"]["sessionEvents"]["seq"] == party["seq"] + 1


async def test_frames_about_the_stream_are_no_place_to_go_on_from() -> None:
    with running(heartbeat_s=0.1) as url:
        ann = guest(url)
        party = ann.makes()
        async with events(url, PLAIN, signed_in(ann), partyId=party["party_id"]) as client:
            await hear(client)
            beat = await hear(client)
            assert (shown(beat)["__typename"], beat.id) == ("Heartbeat", None)
            good(ann.post(f"/party/{party['party_id']}/leave"))
            rest = [event for event in await client.hear_all() if "Heartbeat" not in event.data]
        kinds = [shown(event)["__typename"] for event in rest[:-1]]
        assert kinds == ["MemberLeft", "PartyClosed", "Removed"]
        assert [event.id is None for event in rest] == [False, False, True, True]
        assert rest[-1].event == "complete"


async def test_the_public_list_has_no_place_to_go_on_from(ann: Rest, party: Answer) -> None:
    async with events(ann.url, "subscription { lobbyEvents { change partyId } }", signed_in(ann)) as client:
        event = await hear(client)
        assert (event.event, event.id) == ("next", None)


async def test_a_stream_keeps_its_player_connected_and_its_end_does_not(ann: Rest, party: Answer) -> None:
    bob = guest(ann.url, "Bob")
    bob.joins(party)

    def connection(shown_party: Answer) -> str:
        return str(shown_party["members"][1]["connection"])

    async with events(ann.url, PLAIN, signed_in(bob), partyId=party["party_id"]) as client:
        await hear(client)
    once(lambda: ann.get(f"/party/{party['party_id']}"), lambda shown: connection(shown) == "disconnected")


async def test_a_stranger_is_told_to_sign_in(url: str, party: Answer) -> None:
    async with events(url, PLAIN, partyId=party["party_id"]) as client:
        told, complete = await client.hear_all()
    assert told.result["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert complete.event == "complete"


async def test_a_shutdown_tells_when_to_come_back_and_does_not_complete() -> None:
    with ExitStack() as stack:
        url = stack.enter_context(running())
        ann = guest(url)
        party = ann.makes()
        query = FOLLOW % "... on Heartbeat { reconnectAfterMs }"
        async with events(url, query, signed_in(ann), partyId=party["party_id"]) as client:
            await hear(client)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.to_thread.run_sync, stack.close)
                [beat] = await client.hear_all()
        assert shown(beat)["reconnectAfterMs"] > 0

"""The events of `/updates`: complete, in order, and until the end of the stream."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import anyio.to_thread
import jwt
import pytest

from tests.graphql_ws_client import Frame
from tests.web.rest_client import Answer, Rest, good, guest, running, wait_for_answer
from tests.web.updates_client import UpdatesClient, following, updates

SAY = "mutation ($input: PostMessageInput!) { postMessage(input: $input) { __typename } }"
KICK = "mutation ($input: KickMemberInput!) { kickMember(input: $input) { __typename } }"
YIELD = "mutation ($input: SessionActionInput!) { yieldHost(input: $input) { __typename } }"
REPORT = "mutation ($input: UpdateSessionInput!) { updateSession(input: $input) { __typename } }"
UPDATE = "mutation ($input: UpdatePartyInput!) { updateParty(input: $input) { __typename } }"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(countdown_s=0) as url:
        yield url


@pytest.fixture
def ann(url: str) -> Rest:
    return guest(url)


@pytest.fixture
def bob(url: str) -> Rest:
    return guest(url, "Bob")


@pytest.fixture
def party(ann: Rest, bob: Rest) -> Answer:
    """A party with both players."""
    return bob.joins(ann.makes())["party"]  # type: ignore[no-any-return]


def says(player: Rest, party: Answer, *texts: str) -> None:
    for text in texts:
        player.graphql(SAY, input={"partyId": party["party_id"], "text": text})


async def heard(client: UpdatesClient, *texts: str) -> None:
    """The next events are messages with these texts."""
    assert tuple([(await client.receive())["text"] for _ in texts]) == texts


async def test_resuming_replays_the_missed_events_and_continues_live(ann: Rest, bob: Rest, party: Answer) -> None:
    says(ann, party, "one", "two")
    async with following(bob, party, after=party["cursor"]) as client:
        first = await client.receive()
        while first["type"] != "MessagePosted":
            first = await client.receive()
        assert (first["text"], first["author"]["player_id"]) == ("one", ann.id)
        await heard(client, "two")
        says(ann, party, "three")
        await heard(client, "three")


async def test_a_stream_can_resume_from_every_entry_of_the_log(ann: Rest, bob: Rest, party: Answer) -> None:
    async with following(ann, party) as client:
        snapshot = await client.receive()
        says(bob, party, *"abcdef")
        frames = await client.receive_many(6)
    for place, frame in enumerate(frames):
        async with following(ann, party, after=frame["cursor"]) as again:
            await again.send({"type": "unsubscribe", "party_id": "another"}, {"type": "x"})
            expected = [later["text"] for later in frames[place + 1 :]]
            rest: list[Frame] = []
            while len(rest) < len(expected):
                rest += [later for later in [await again.receive()] if later["type"] != "error"]
            assert [later["text"] for later in rest] == expected
            assert [later["seq"] for later in rest] == [later["seq"] for later in frames[place + 1 :]]
    assert frames[0]["seq"] > snapshot["seq"]


@pytest.mark.parametrize("after", ["nowhere", "0123456789abcdef.1"])
async def test_a_cursor_of_another_log_begins_with_a_snapshot(ann: Rest, party: Answer, after: str) -> None:
    async with following(ann, party, after=after) as client:
        snapshot = await client.receive()
        assert (snapshot["type"], snapshot["reason"]) == ("PartySnapshot", "cursor_expired")


async def test_the_names_of_changed_settings_are_in_snake_case(ann: Rest, party: Answer) -> None:
    async with following(ann, party) as client:
        await client.receive()
        ann.graphql(UPDATE, input={"partyId": party["party_id"], "settings": {"maxMembers": 3, "allowLateJoin": False}})
        changed = await client.receive()
        assert (changed["type"], changed["changed"]) == ("SettingsChanged", ["max_members", "allow_late_join"])
        assert changed["settings"] == changed["party"]["settings"]


async def test_each_player_inside_gets_a_ticket_in_session_started(ann: Rest, bob: Rest, party: Answer) -> None:
    async with following(ann, party) as ann_hears, following(bob, party) as bob_hears:
        ann.starts(party)
        tickets = []
        for client in (ann_hears, bob_hears):
            before = ""
            while (frame := await client.receive())["type"] != "SessionStarted":
                before = frame["cursor"]
            assert frame["session"]["status"] == "in_progress"
            tickets.append(frame["ticket"]["token"])
        assert len(set(tickets)) == 2
    async with following(bob, party, after=before) as again:
        replayed = await again.receive()
        assert (replayed["type"], replayed["seq"]) == ("SessionStarted", frame["seq"])
        assert replayed["ticket"]["token"] not in tickets, "it is fresh on replay"


async def test_each_player_inside_gets_a_ticket_in_host_changed(ann: Rest, bob: Rest, party: Answer) -> None:
    async with following(ann, party) as ann_hears, following(bob, party) as bob_hears:
        ann.starts(party)
        while (started := await ann_hears.receive())["type"] != "SessionStarted":
            pass
        assert (started["session"]["host"]["player_id"], started["session"]["host"]["term"]) == (ann.id, 1)
        session_id = started["session"]["session_id"]
        ann.graphql(YIELD, input={"sessionId": session_id})
        while (lost := await bob_hears.receive())["type"] != "HostLost":
            pass
        assert (lost["previous"]["player_id"], lost["candidate"]["player_id"]) == (ann.id, bob.id)
        assert (lost["host_reason"], lost["host_term"]) == ("host_yielded", 2)
        assert lost["report_by"] == lost["session"]["host_candidate"]["report_by"]
        endpoint = {"relayCode": "BOB234", "protocol": "relay"}
        bob.graphql(REPORT, input={"sessionId": session_id, "endpoint": endpoint, "hostTerm": lost["host_term"]})
        tickets = []
        for client in (ann_hears, bob_hears):
            while (frame := await client.receive())["type"] != "HostChanged":
                pass
            assert (frame["host"]["player_id"], frame["host"]["term"]) == (bob.id, 2)
            assert frame["session"]["endpoint"]["relay_code"] == "BOB234"
            tickets.append(frame["ticket"]["token"])
        assert [jwt.decode(ticket, options={"verify_signature": False})["sub"] for ticket in tickets] == [
            ann.id,
            bob.id,
        ]
    async with following(bob, party, after=lost["cursor"]) as again:
        replayed = await again.receive()
        assert (replayed["type"], replayed["seq"]) == ("HostChanged", frame["seq"])
        assert replayed["ticket"]["token"] not in tickets, "it is fresh on replay"


async def test_a_kicked_member_gets_the_kick_and_removed_and_no_more(ann: Rest, bob: Rest, party: Answer) -> None:
    async with following(bob, party) as client:
        await client.receive()
        ann.graphql(KICK, input={"partyId": party["party_id"], "playerId": bob.id})
        says(ann, party, "Is he gone?")
        left, removed, ended = await client.receive_many(3)
        assert (left["type"], left["leave_reason"], left["player"]["player_id"]) == ("MemberLeft", "kicked", bob.id)
        assert (removed["type"], removed["leave_reason"]) == ("Removed", "kicked")
        assert removed["retry_at"] > removed["at"]
        assert removed["party"]["join_code"] is None
        assert ended == {"type": "unsubscribed", "party_id": party["party_id"], "session_id": None}
        await client.subscribe(party_id=party["party_id"], after=left["cursor"])
        assert (await client.receive())["type"] == "Removed", "so too when resuming later"
        assert (await client.receive())["type"] == "unsubscribed"


async def test_a_player_is_connected_while_a_stream_is_open(ann: Rest, bob: Rest, party: Answer) -> None:
    path = f"/party/{party['party_id']}"

    def connection_of(player: Rest, shown: Answer) -> str:
        [member] = [member for member in shown["members"] if member["player_id"] == player.id]
        return str(member["connection"])

    async with following(bob, party) as client:
        await client.receive()
    wait_for_answer(lambda: ann.get(path), lambda shown: connection_of(bob, shown) == "disconnected")


async def test_a_heartbeat_has_the_head_of_the_log() -> None:
    with running(heartbeat_s=0.1) as url:
        ann = guest(url)
        party = ann.makes()
        async with following(ann, party) as client:
            snapshot = await client.receive()
            beat = await client.receive_heartbeat()
            assert (beat["seq"], beat["cursor"], beat["reconnect_after_ms"]) == (
                snapshot["seq"],
                snapshot["cursor"],
                None,
            )
            says(ann, party, "still here")
            await heard(client, "still here")
            await client.receive_heartbeat()


async def test_a_follower_that_falls_too_far_behind_gets_one_snapshot() -> None:
    """A follower that does not read delays nobody. It gets one snapshot in place of the events that it missed."""
    with running(follower_queue_max=4) as url:
        ann, bob = guest(url), guest(url, "Bob")
        party = bob.joins(ann.makes())
        async with updates(url, narrow=True, token=bob.token) as slow:
            slow.connection.transport.pause_reading()
            await slow.subscribe(party_id=party["party_id"])
            await anyio.to_thread.run_sync(says, ann, party, *(f"{number} " + "x" * 480 for number in range(400)))
            slow.connection.transport.resume_reading()
            frames = [await slow.receive()]
            while frames[-1]["seq"] < 400:
                frames.append(await slow.receive())
    skips = [frame["reason"] for frame in frames if frame["type"] == "PartySnapshot"]
    assert skips == ["subscribed", "fell_behind"]
    assert [frame["seq"] for frame in frames] == sorted({frame["seq"] for frame in frames})


async def test_a_shutdown_sends_when_to_reconnect_and_closes_with_1012() -> None:
    with ExitStack() as stack:
        url = stack.enter_context(running())
        ann = guest(url)
        party = ann.makes()
        async with following(ann, party) as client:
            await client.receive()
            stopping = asyncio.create_task(anyio.to_thread.run_sync(stack.close))
            beat = await client.receive_heartbeat()
            assert beat["reconnect_after_ms"] > 0
            frame = await client.receive()
            assert (frame["type"], frame["code"]) == ("closing", 1012)
            assert (await client.close_frame())[0] == 1012
            await stopping


async def test_all_sockets_of_a_player_get_the_same_events(url: str) -> None:
    ann = guest(url)
    party = ann.makes()
    async with following(ann, party) as one, following(ann, party) as other:
        assert (await one.receive())["seq"] == (await other.receive())["seq"]
        good(guest(url, "Bob").post(f"/party/{party['party_id']}/join"))
        assert await one.receive() == await other.receive()

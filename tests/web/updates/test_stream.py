"""What a follower of `/updates` hears, and that it hears all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import anyio.to_thread
import pytest

from lobby.http.updates.update import FACTS, NAMES
from schema.events import EVENT_TYPES
from tests.http.graphql_client import Frame
from tests.http.rest_client import Answer, Rest, good, guest, once, running
from tests.http.updates_client import UpdatesClient, following, updates

SAY = "mutation ($input: PostMessageInput!) { postMessage(input: $input) { __typename } }"
KICK = "mutation ($input: KickMemberInput!) { kickMember(input: $input) { __typename } }"
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
    """Both are in it."""
    return bob.joins(ann.makes())["party"]  # type: ignore[no-any-return]


def says(player: Rest, party: Answer, *texts: str) -> None:
    for text in texts:
        player.graphql(SAY, input={"partyId": party["party_id"], "text": text})


async def heard(client: UpdatesClient, *texts: str) -> None:
    """These and nothing else of what was said."""
    assert tuple([(await client.hear())["text"] for _ in texts]) == texts


def test_every_event_is_told_by_its_name_in_graphql() -> None:
    told = {kind: NAMES.get(kind, kind.__name__) for kind in FACTS}
    assert told == {kind: shown.__name__ for kind, shown in EVENT_TYPES.items()}


async def test_who_resumes_hears_what_was_missed_and_then_what_comes(ann: Rest, bob: Rest, party: Answer) -> None:
    says(ann, party, "one", "two")
    async with following(bob, party, after=party["cursor"]) as client:
        first = await client.hear()
        while first["type"] != "MessagePosted":
            first = await client.hear()
        assert (first["text"], first["author"]["player_id"]) == ("one", ann.id)
        await heard(client, "two")
        says(ann, party, "three")
        await heard(client, "three")


async def test_every_place_of_the_log_can_be_resumed_from(ann: Rest, bob: Rest, party: Answer) -> None:
    async with following(ann, party) as client:
        snapshot = await client.hear()
        says(bob, party, *"abcdef")
        frames = await client.hear_many(6)
    for place, frame in enumerate(frames):
        async with following(ann, party, after=frame["cursor"]) as again:
            await again.say({"type": "unsubscribe", "party_id": "another"}, {"type": "x"})
            expected = [later["text"] for later in frames[place + 1 :]]
            rest: list[Frame] = []
            while len(rest) < len(expected):
                rest += [later for later in [await again.hear()] if later["type"] != "error"]
            assert [later["text"] for later in rest] == expected
            assert [later["seq"] for later in rest] == [later["seq"] for later in frames[place + 1 :]]
    assert frames[0]["seq"] > snapshot["seq"]


@pytest.mark.parametrize("after", ["nowhere", "0123456789abcdef.1"])
async def test_a_cursor_of_another_log_leads_to_the_present(ann: Rest, party: Answer, after: str) -> None:
    async with following(ann, party, after=after) as client:
        snapshot = await client.hear()
        assert (snapshot["type"], snapshot["reason"]) == ("PartySnapshot", "cursor_expired")


async def test_the_words_of_a_change_are_in_snake_case(ann: Rest, party: Answer) -> None:
    async with following(ann, party) as client:
        await client.hear()
        ann.graphql(UPDATE, input={"partyId": party["party_id"], "settings": {"maxMembers": 3, "allowLateJoin": False}})
        changed = await client.hear()
        assert (changed["type"], changed["changed"]) == ("SettingsChanged", ["max_members", "allow_late_join"])
        assert changed["settings"] == changed["party"]["settings"]


async def test_each_one_inside_hears_of_the_start_with_a_ticket_of_its_own(ann: Rest, bob: Rest, party: Answer) -> None:
    async with following(ann, party) as ann_hears, following(bob, party) as bob_hears:
        ann.starts(party)
        tickets = []
        for client in (ann_hears, bob_hears):
            while (frame := await client.hear())["type"] != "SessionStarted":
                pass
            assert frame["session"]["status"] == "in_progress"
            tickets.append(frame["ticket"]["token"])
        assert len(set(tickets)) == 2
    async with following(bob, party, after=frame["cursor"].rpartition(".")[0] + f".{frame['seq'] - 1}") as again:
        replayed = await again.hear()
        assert (replayed["type"], replayed["seq"]) == ("SessionStarted", frame["seq"])
        assert replayed["ticket"]["token"] not in tickets, "it is fresh on replay"


async def test_who_is_kicked_hears_of_it_and_of_nothing_more(ann: Rest, bob: Rest, party: Answer) -> None:
    async with following(bob, party) as client:
        await client.hear()
        ann.graphql(KICK, input={"partyId": party["party_id"], "playerId": bob.id})
        says(ann, party, "Is he gone?")
        left, removed, ended = await client.hear_many(3)
        assert (left["type"], left["leave_reason"], left["player"]["player_id"]) == ("MemberLeft", "kicked", bob.id)
        assert (removed["type"], removed["leave_reason"]) == ("Removed", "kicked")
        assert removed["retry_at"] > removed["at"]
        assert removed["party"]["join_code"] is None
        assert ended == {"type": "unsubscribed", "party_id": party["party_id"], "session_id": None}
        await client.subscribe(party_id=party["party_id"], after=left["cursor"])
        assert (await client.hear())["type"] == "Removed", "so too when resuming later"
        assert (await client.hear())["type"] == "unsubscribed"


async def test_a_stream_keeps_its_player_connected_and_its_end_does_not(ann: Rest, bob: Rest, party: Answer) -> None:
    path = f"/party/{party['party_id']}"

    def connection_of(player: Rest, shown: Answer) -> str:
        [member] = [member for member in shown["members"] if member["player_id"] == player.id]
        return str(member["connection"])

    async with following(bob, party) as client:
        await client.hear()
    once(lambda: ann.get(path), lambda shown: connection_of(bob, shown) == "disconnected")


async def test_silence_is_broken_by_a_heartbeat_with_the_head_of_the_log() -> None:
    with running(heartbeat_s=0.1) as url:
        ann = guest(url)
        party = ann.makes()
        async with following(ann, party) as client:
            snapshot = await client.hear()
            beat = await client.hear_beat()
            assert (beat["seq"], beat["cursor"], beat["reconnect_after_ms"]) == (
                snapshot["seq"],
                snapshot["cursor"],
                None,
            )
            says(ann, party, "still here")
            await heard(client, "still here")
            await client.hear_beat()


async def test_who_falls_too_far_behind_skips_to_the_present() -> None:
    """A follower that does not read holds up nobody, and is told so by one snapshot in place of what it missed."""
    with running(follower_queue_max=4) as url:
        ann, bob = guest(url), guest(url, "Bob")
        party = bob.joins(ann.makes())
        async with updates(url, narrow=True, token=bob.token) as slow:
            slow.connection.transport.pause_reading()
            await slow.subscribe(party_id=party["party_id"])
            await anyio.to_thread.run_sync(says, ann, party, *(f"{number} " + "x" * 480 for number in range(400)))
            slow.connection.transport.resume_reading()
            frames = [await slow.hear()]
            while frames[-1]["seq"] < 400:
                frames.append(await slow.hear())
    skips = [frame["reason"] for frame in frames if frame["type"] == "PartySnapshot"]
    assert skips == ["subscribed", "fell_behind"]
    assert [frame["seq"] for frame in frames] == sorted({frame["seq"] for frame in frames})


async def test_a_shutdown_tells_when_to_come_back_and_closes_with_1012() -> None:
    with ExitStack() as stack:
        url = stack.enter_context(running())
        ann = guest(url)
        party = ann.makes()
        async with following(ann, party) as client:
            await client.hear()
            stopping = asyncio.create_task(anyio.to_thread.run_sync(stack.close))
            beat = await client.hear_beat()
            assert beat["reconnect_after_ms"] > 0
            assert (await client.hear())["type"] == "unsubscribed"
            told = await client.hear()
            assert (told["type"], told["code"]) == ("closing", 1012)
            assert (await client.closing())[0] == 1012
            await stopping


async def test_all_devices_of_a_player_hear_the_same(url: str) -> None:
    ann = guest(url)
    party = ann.makes()
    async with following(ann, party) as one, following(ann, party) as other:
        assert (await one.hear())["seq"] == (await other.hear())["seq"]
        good(guest(url, "Bob").post(f"/party/{party['party_id']}/join"))
        assert await one.hear() == await other.hear()

"""How a client of `/updates` identifies itself and subscribes."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.web.rest_client import Answer, Rest, good, guest, running
from tests.web.updates_client import UpdatesClient, following, updates


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture(scope="module")
def open_url() -> Iterator[str]:
    with running(open_rest=True) as url:
        yield url


@pytest.fixture
def ann(url: str) -> Rest:
    return guest(url)


@pytest.fixture
def party(ann: Rest) -> Answer:
    return ann.makes()


async def hears_of(client: UpdatesClient, party: Answer) -> None:
    """The first event is a snapshot of the party."""
    snapshot = await client.receive()
    assert (snapshot["type"], snapshot["reason"]) == ("PartySnapshot", "subscribed")
    assert snapshot["party_id"] == snapshot["party"]["party_id"] == party["party_id"]


async def test_a_party_and_a_token_in_the_query_are_enough(url: str, ann: Rest, party: Answer) -> None:
    async with updates(url, party_id=party["party_id"], token=ann.token) as client:
        await hears_of(client, party)


async def test_the_token_may_come_in_the_handshakes_header(url: str, ann: Rest, party: Answer) -> None:
    async with updates(url, {"Authorization": f"Bearer {ann.token}"}, party_id=party["party_id"]) as client:
        await hears_of(client, party)


async def test_the_token_may_come_in_a_message(url: str, ann: Rest, party: Answer) -> None:
    """A page can set no header, and a token in an address ends up in logs."""
    async with updates(url) as client:
        await client.subscribe(party_id=party["party_id"], token=ann.token)
        await hears_of(client, party)


async def test_a_signed_in_client_subscribes_without_a_token(url: str, ann: Rest, party: Answer) -> None:
    async with updates(url, token=ann.token) as client:
        await client.subscribe(party_id=party["party_id"], session_id="", after="", token="", player_id="")
        await hears_of(client, party)


async def test_a_party_can_be_followed_by_its_session_id(url: str, ann: Rest, party: Answer) -> None:
    made = ann.starts(party)
    async with updates(url, session_id=made["session_id"], token=ann.token) as client:
        await hears_of(client, party)
        await client.send({"type": "unsubscribe", "session_id": made["session_id"]})
        ended = await client.receive()
        assert ended == {"type": "unsubscribed", "party_id": party["party_id"], "session_id": made["session_id"]}


@pytest.mark.parametrize("token", ["forged", "Bearer forged"])
async def test_a_bad_token_in_the_handshake_closes_the_socket(url: str, party: Answer, token: str) -> None:
    async with updates(url, party_id=party["party_id"], token=token) as client:
        frame = await client.receive()
        assert (frame["type"], frame["code"]) == ("closing", 4403)
        assert await client.close_frame() == (4403, frame["reason"])


async def test_a_bad_token_in_a_message_changes_nothing(url: str, ann: Rest, party: Answer) -> None:
    async with updates(url, token=ann.token) as client:
        await client.subscribe(party_id=party["party_id"], token="forged")
        refused = await client.receive()
        assert (refused["type"], refused["code"], refused["party_id"]) == (
            "error",
            "UNAUTHENTICATED",
            party["party_id"],
        )
        await client.subscribe(party_id=party["party_id"])
        await hears_of(client, party)


async def test_a_stranger_gets_unauthenticated(url: str, party: Answer) -> None:
    async with updates(url, party_id=party["party_id"]) as client:
        assert (await client.receive())["code"] == "UNAUTHENTICATED"


async def test_a_hidden_party_and_a_missing_one_get_the_same_error(ann: Rest) -> None:
    party = ann.makes(visibility="private", countdown_seconds=30)
    session_id = ann.starts(party)["session_id"]
    bob = guest(ann.url, "Bob")
    async with updates(ann.url, token=bob.token) as client:
        for field, hidden in (("party_id", party["party_id"]), ("session_id", session_id)):
            frame = []
            for asked in (hidden, str(uuid4())):
                await client.subscribe(**{field: asked})
                refused = await client.receive()
                assert (refused["type"], refused["code"], refused.pop(field)) == ("error", "NOT_FOUND", asked)
                frame.append(refused)
            assert frame[0] == frame[1]


async def test_a_former_member_can_resume_by_the_session_id(ann: Rest, party: Answer) -> None:
    bob = guest(ann.url, "Bob")
    cursor = bob.joins(party)["party"]["cursor"]
    session_id = ann.starts(party)["session_id"]
    bob.post(f"/party/{party['party_id']}/leave")
    for field, asked in (("party_id", party["party_id"]), ("session_id", session_id)):
        async with updates(ann.url, token=bob.token) as client:
            await client.subscribe(after=cursor, **{field: asked})
            while (frame := await client.receive())["type"] != "Removed":
                assert "code" not in frame


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"type": "subscribe"}, "INVALID_INPUT"),
        ({"type": "subscribe", "party_id": "a", "session_id": "b"}, "INVALID_INPUT"),
        ({"type": "subscribe", "party_id": 7}, "BAD_REQUEST"),
        ({"type": "dance"}, "BAD_REQUEST"),
        ({"party_id": "a"}, "BAD_REQUEST"),
        ([], "BAD_REQUEST"),
        ("null", "BAD_REQUEST"),
        ("", "BAD_REQUEST"),
        ("{", "BAD_REQUEST"),
        ("[" * 60_000, "BAD_REQUEST"),
        ('{"type": "\\ud800"}', "BAD_REQUEST"),
    ],
)
async def test_an_invalid_message_gets_an_error_and_changes_nothing(
    ann: Rest, party: Answer, said: object, code: str
) -> None:
    async with following(ann, party) as client:
        await hears_of(client, party)
        await client.send(said)
        refused = await client.receive()
        assert (refused["type"], refused["code"]) == ("error", code)
        await client.send({"type": "unsubscribe"})
        assert (await client.receive())["type"] == "unsubscribed"


async def test_unknown_fields_are_ignored(ann: Rest, party: Answer) -> None:
    async with updates(ann.url, token=ann.token) as client:
        await client.subscribe(party_id=party["party_id"], mood="bright")
        await hears_of(client, party)


async def test_a_binary_message_is_read_as_text(ann: Rest, party: Answer) -> None:
    async with updates(ann.url, token=ann.token) as client:
        await client.send(json.dumps({"type": "subscribe", "party_id": party["party_id"]}).encode())
        await hears_of(client, party)


async def test_a_byte_order_mark_of_utf_8_is_taken(ann: Rest, party: Answer) -> None:
    async with updates(ann.url, token=ann.token) as client:
        message = json.dumps({"type": "subscribe", "party_id": party["party_id"]})
        await client.send(message.encode("utf-8-sig"))
        await hears_of(client, party)


async def test_an_invalid_query_string_gets_an_error(url: str) -> None:
    async with updates(url, path=f"/updates?{'&'.join(20 * ['x=y'])}") as client:
        assert (await client.receive())["code"] == "BAD_REQUEST"


async def test_one_socket_follows_several_parties(url: str, ann: Rest, party: Answer) -> None:
    """For example the party that a player leaves and the next one; with tokens, also parties of several players."""
    bob = guest(url, "Bob")
    others = bob.makes()
    async with following(ann, party) as client:
        await hears_of(client, party)
        await client.subscribe(party_id=others["party_id"], token=bob.token)
        await hears_of(client, others)
        bob.post(f"/party/{others['party_id']}/leave")
        gone = await client.receive_many(4)
        assert [(frame["type"], frame["party_id"]) for frame in gone] == [
            (kind, others["party_id"]) for kind in ("MemberLeft", "PartyClosed", "Removed", "unsubscribed")
        ]
        guest(url, "Cleo").joins(party)
        assert (await client.receive())["party_id"] == party["party_id"]


async def test_a_socket_follows_a_party_only_once(ann: Rest, party: Answer) -> None:
    async with following(ann, party) as client:
        await hears_of(client, party)
        await client.subscribe(party_id=party["party_id"])
        assert (await client.receive())["code"] == "INVALID_INPUT"
        await client.send({"type": "unsubscribe", "party_id": party["party_id"]})
        await client.subscribe(party_id=party["party_id"])
        assert (await client.receive())["type"] == "unsubscribed"
        await hears_of(client, party)


async def test_no_event_follows_after_unsubscribed(ann: Rest, party: Answer) -> None:
    async with following(ann, party) as client:
        await hears_of(client, party)
        await client.send({"type": "unsubscribe", "party_id": str(uuid4())})
        await client.send({"type": "unsubscribe", "party_id": party["party_id"]})
        ended = await client.receive()
        assert (ended["type"], ended["party_id"]) == ("unsubscribed", party["party_id"])
        guest(ann.url).joins(party)
        await client.send({"type": "dance"})
        assert (await client.receive())["type"] == "error"


async def test_an_open_server_accepts_a_player_id(open_url: str) -> None:
    client = Rest(open_url)
    party = good(client.post("/party", params={"player_id": "alice"}))
    async with updates(open_url, party_id=party["party_id"], player_id="alice") as alice:
        snapshot = await alice.receive()
        assert snapshot["party"]["leader_id"] == "alice"
        good(client.post(f"/party/{party['party_id']}/join", params={"player_id": "bob"}))
        joined = await alice.receive()
        assert (joined["actor_id"], joined["member"]["player_id"]) == ("bob", "bob")


async def test_an_open_server_requires_a_player_id(open_url: str) -> None:
    party = good(Rest(open_url).post("/party", params={"player_id": "zoë"}))
    async with updates(open_url, party_id=party["party_id"]) as client:
        refused = await client.receive()
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "player_id")
        await client.subscribe(party_id=party["party_id"], player_id="zoë")
        await hears_of(client, party)


async def test_a_token_in_the_query_string_is_not_logged(
    ann: Rest, party: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with following(ann, party) as client:
            await hears_of(client, party)
    assert "/updates" in caplog.text
    assert ann.token not in caplog.text

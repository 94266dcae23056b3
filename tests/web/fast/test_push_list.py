"""Changes of the public list are executed and encoded once for all who see the same, and pushed together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from lobby.auth.caller import Caller
from lobby.domain.listing import PartyFilter
from lobby.domain.viewer_access import OPERATORS
from lobby.live.list_changes import ChangedParty, LobbyChange
from lobby.live.lobby_feed import ListFollower
from resolvers.context import Context
from resolvers.queries_and_subscriptions import LobbyFollower
from tests.lobby.domain.scenes import Scene, player
from tests.lobby.live import live_lobby
from tests.lobby.live.live_lobby import LiveLobby
from tests.web.fast.plans.planning import operation, planned
from tests.web.fast.plans.staged.parties import PARTIES
from tests.web.fast.plans.staged.services import staged
from tests.web.fast.plans.subjects import LOBBY
from tests.web.fast.test_push import Texts
from web.connections.socket_channel import RawFrameWriter, SocketChannel
from web.fast.plans.plan import Plan, Run
from web.fast.push_list import Changes, ListCache, ListStream
from web.graphql.execution.executor import CoreExecutor, event_encoder
from web.graphql.execution.operation import OperationCall, Pace

DOCUMENT = """subscription ($short: Boolean = false) { lobbyEvents {
    change
    at
    partyId
    party { id joinCode members @skip(if: $short) { player { id } } }
} }"""
PLAN = planned(LOBBY.schema, DOCUMENT)
PARTY, OTHER = PARTIES["waiting"], Scene("zed").party


def changes_of(*kinds: LobbyChange) -> Changes:
    return tuple(ChangedParty(PARTY.id, PARTY, 1_000 + number).change(kind) for number, kind in enumerate(kinds))


UPDATED = changes_of(LobbyChange.UPDATED)


def stream_of(
    player_id: str,
    cache: ListCache,
    variables: dict[str, Any] | None = None,
    plan: Plan = PLAN,
    follower: ListFollower | None = None,
    pace: Pace | None = None,
) -> ListStream:
    """A player's stream of the list by the plan, as the executor opens it."""
    context = Context(Caller(player(player_id)), "r1", staged([], ()))
    call = OperationCall(operation(LOBBY.schema, DOCUMENT), variables or {}, context, "r1", pace)
    core = CoreExecutor(LOBBY.schema._schema).build(call)
    assert not isinstance(core, dict)
    source: Any = follower if follower is not None else staged([], ()).feed.follow(player_id, PartyFilter())
    run = Run(context, plan.read_variables(variables or {}))
    return ListStream(call, LobbyFollower(source, player_id), event_encoder(core, call), plan, run, cache)


def shown(texts: tuple[bytes, ...] | None) -> list[Any]:
    assert texts is not None
    return [json.loads(text)["data"]["lobbyEvents"] for text in texts]


@pytest.fixture
def cache() -> ListCache:
    return ListCache()


def test_strangers_share_the_texts(cache: ListCache) -> None:
    one, other = (stream_of(name, cache).texts_of(UPDATED, name) for name in ("yve", "zoe"))
    assert one is other
    [event] = shown(one)
    assert (event["change"], event["partyId"], event["party"]["joinCode"]) == ("UPDATED", PARTY.id, None)


def test_a_member_sees_more_and_a_stranger_never_gets_that_text(cache: ListCache) -> None:
    for name, code in (
        ("ann", PARTY.join_code),
        ("zoe", None),
        (OPERATORS, None),
        ("bob", PARTY.join_code),
        ("zoe", None),
    ):
        [event] = shown(stream_of("zoe", cache).texts_of(UPDATED, name))
        assert event["party"]["joinCode"] == code, name


def test_a_member_of_one_party_is_a_stranger_to_the_others(cache: ListCache) -> None:
    changes = (*UPDATED, ChangedParty("another", OTHER, 1_000).change(LobbyChange.LISTED))
    events = shown(stream_of("zoe", cache).texts_of(changes, "ann"))
    assert [event["party"]["joinCode"] for event in events] == [PARTY.join_code, None]


def test_a_party_that_is_no_longer_listed_has_no_data(cache: ListCache) -> None:
    [event] = shown(stream_of("ann", cache).texts_of(changes_of(LobbyChange.DELISTED), "ann"))
    assert (event["change"], event["party"]) == ("DELISTED", None)


def test_other_variables_and_other_documents_have_their_own_texts(cache: ListCache) -> None:
    other = planned(LOBBY.schema, "subscription { lobbyEvents { partyId } }")
    streams = stream_of("zoe", cache), stream_of("zoe", cache, {"short": True}), stream_of("zoe", cache, plan=other)
    [[whole], [short], [least]] = [shown(stream.texts_of(UPDATED, "zoe")) for stream in streams]
    assert "members" in whole["party"]
    assert "members" not in short["party"]
    assert list(least) == ["partyId"]


def test_a_text_that_is_longer_than_an_answer_may_be_is_not_pushed(cache: ListCache) -> None:
    stream = stream_of("zoe", cache)
    stream._bytes_max = 100
    assert stream.texts_of(UPDATED, "zoe") is None


def test_texts_that_are_long_together_are_not_pushed_together(
    cache: ListCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.fast.push_list.BYTES_AT_ONCE", 500)
    stream = stream_of("zoe", cache)
    assert stream.texts_of(UPDATED, "zoe") is not None
    assert stream.texts_of(UPDATED * 9, "zoe") is None


def test_a_change_lives_as_long_as_its_text() -> None:
    """Otherwise another change could get the same `id()`."""
    cache = ListCache(texts_max=100)
    stream = stream_of("zoe", cache)
    for at in range(1_000):
        changes = (ChangedParty(PARTY.id, PARTY, at).change(LobbyChange.UPDATED),)
        [event] = shown(stream.texts_of(changes, "zoe"))
        assert event["at"].endswith(f"{at % 1_000:03}Z")
    assert len(cache.texts) == 100


def test_groups_are_bounded_by_bytes_oldest_first() -> None:
    whole = ListCache()
    assert stream_of("zoe", whole).texts_of(UPDATED, "zoe") is not None
    cache = ListCache(bytes_max=2 * whole.groups.weight)
    stream = stream_of("zoe", cache)
    groups = [(ChangedParty(PARTY.id, PARTY, 1_000 + at).change(LobbyChange.UPDATED),) for at in range(3)]
    for changes in groups:
        assert stream.texts_of(changes, "zoe") is not None
    assert [kept for _, (_, kept) in cache.groups.items()] == groups[1:]


def test_several_texts_are_written_at_once_each_in_a_frame_of_its_own() -> None:
    written: list[bytes] = []
    writer = RawFrameWriter(written.append)
    channel = SocketChannel(writer, b"<", b">")
    texts = (b"one", b"x" * 200, b"three")
    assert channel.try_send_all(texts)
    assert channel.try_send(b"one")
    assert written == [b"\x81\x05<one>\x81\x7e\x00\xca<" + b"x" * 200 + b">\x81\x07<three>", b"\x81\x05<one>"]
    writer.pause()
    assert not channel.try_send_all(texts)
    assert len(written) == 2


# On a live list.


@pytest.fixture
async def lobby() -> AsyncIterator[LiveLobby]:
    async with live_lobby.live_lobby() as lobby:
        yield lobby


async def test_changes_are_pushed_and_encoded_once(lobby: LiveLobby, cache: ListCache) -> None:
    party, names = await lobby.world.party("ann"), ("zoe", "yve")
    followers = [lobby.feed.follow(name, PartyFilter()) for name in names]
    async with aclosing(followers[0]), aclosing(followers[1]):
        streams = [stream_of(each.player_id, cache, follower=each) for each in followers]
        for stream in streams:
            assert (await anext(stream)).count(b"LISTED") == 1
        channels = [Texts() for _ in names]
        tasks = [asyncio.create_task(each.push_to(channel)) for each, channel in zip(streams, channels, strict=True)]
        await asyncio.sleep(0)
        await lobby.world.post_message("ann", "hello", party)
        for channel in channels:
            await channel.until(1)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert channels[0].texts[0] is channels[1].texts[0]
    assert shown((channels[0].texts[0],))[0]["change"] == "UPDATED"


async def test_the_first_parties_are_encoded_once_and_charged_to_each_follower(
    lobby: LiveLobby, cache: ListCache
) -> None:
    for name in ("ann", "bob", "cid"):
        await lobby.world.party(name)
    charged: list[int] = []

    async def pace(events: int = 1) -> None:
        charged.append(events)

    followers = [lobby.feed.follow(name, PartyFilter()) for name in ("zoe", "yve")]
    channels = [Texts() for _ in followers]
    async with aclosing(followers[0]), aclosing(followers[1]):
        for follower, channel in zip(followers, channels, strict=True):
            stream = stream_of(follower.player_id, cache, follower=follower, pace=pace)
            await anext(stream)
            task = asyncio.create_task(stream.push_to(channel))
            await channel.until(2)
            task.cancel()
            await asyncio.wait([task])
    assert charged == [1, 2, 1, 2]
    assert [each["change"] for each in shown(tuple(channels[0].texts))] == ["LISTED", "LISTED"]
    assert all(one is other for one, other in zip(channels[0].texts, channels[1].texts, strict=True))

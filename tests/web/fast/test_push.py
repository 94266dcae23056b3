"""Frames are executed and encoded once for all followers who see the same, and pushed to those that keep up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from lobby.auth.caller import Caller
from lobby.domain.events import Entry, SessionStarted
from lobby.domain.model import Party
from lobby.domain.sizes import attribute_chars, attributes_of
from lobby.domain.viewer_access import AccessLevel
from lobby.live.follower import Follower
from lobby.live.frames import Heartbeat, Snapshot
from resolvers.context import Context
from resolvers.queries_and_subscriptions import EventFollower
from tests.lobby.domain.scenes import Scene, player
from tests.lobby.live import live_lobby
from tests.lobby.live.live_lobby import LiveLobby
from tests.web.fast.plans.planning import operation, planned
from tests.web.fast.plans.staged.parties import FRAMES, PARTIES
from tests.web.fast.plans.staged.services import staged
from tests.web.fast.plans.subjects import LOBBY
from web.fast.plans.plan import Plan, Run
from web.fast.push import FrameCache, PartyStream, UpdatePusher
from web.graphql.execution.executor import CoreExecutor, EventStream, event_encoder
from web.graphql.execution.operation import OperationCall
from web.http.request import ANSWER_BYTES_MAX

EVENTS = """subscription ($partyId: ID!, $short: Boolean = false) { partyEvents(partyId: $partyId) {
    __typename
    seq
    party { id joinCode members @skip(if: $short) { player { id } } }
    ... on SessionStarted { ticket { token } }
} }"""
PLAN = planned(LOBBY.schema, EVENTS)
MESSAGE = next(frame for frame in FRAMES if isinstance(frame, Entry) and not isinstance(frame.event, SessionStarted))
STARTED = next(frame for frame in FRAMES if isinstance(frame, Entry) and isinstance(frame.event, SessionStarted))
HEARTBEAT = next(frame for frame in FRAMES if isinstance(frame, Heartbeat))
SNAPSHOT = next(frame for frame in FRAMES if isinstance(frame, Snapshot))


class Texts:
    """A channel that takes every text until it is full."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.is_full = False
        self._sent = asyncio.Event()

    def try_send(self, item: bytes) -> bool:
        if not self.is_full:
            self.texts.append(item)
            self._sent.set()
        return not self.is_full

    def try_send_all(self, items: tuple[bytes, ...]) -> bool:
        return all(self.try_send(item) for item in items)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(live_lobby.WAIT_S):
            while len(self.texts) < count:
                self._sent.clear()
                await self._sent.wait()


def stream_of(
    follower: Follower, frames: FrameCache, variables: dict[str, Any] | None = None, plan: Plan = PLAN
) -> PartyStream:
    """A member's stream by the plan, as the executor opens it."""
    caller = Caller(player(follower.player_id))
    context = Context(caller, "r1", staged([], ()))
    given = {"partyId": "p", **(variables or {})}
    call = OperationCall(operation(LOBBY.schema, EVENTS), given, context, "r1")
    core = CoreExecutor(LOBBY.schema._schema).build(call)
    assert not isinstance(core, dict)
    encode_event = event_encoder(core, call)
    run = Run(context, plan.read_variables(given))
    return PartyStream(call, EventFollower(follower, "There is no such party."), encode_event, plan, run, frames)


def shown(text: bytes) -> Any:
    return json.loads(text)["data"]["partyEvents"]


@pytest.fixture
def frames() -> FrameCache:
    return FrameCache()


def test_followers_of_one_access_level_share_a_text(frames: FrameCache) -> None:
    ann, bob = (stream_of(Follower(name), frames) for name in ("ann", "bob"))
    for frame in (MESSAGE, HEARTBEAT):
        assert ann.text_of(frame, AccessLevel.MEMBER) is bob.text_of(frame, AccessLevel.MEMBER) is not None


def test_followers_of_another_access_level_have_their_own_text(frames: FrameCache) -> None:
    stream = stream_of(Follower("ann"), frames)
    texts = [stream.text_of(MESSAGE, level) for level in (AccessLevel.FORMER, AccessLevel.MEMBER)]
    assert [shown(text or b"")["party"]["joinCode"] for text in texts] == [None, MESSAGE.party.join_code]


def test_followers_with_other_variables_have_their_own_text(frames: FrameCache) -> None:
    whole, short = (stream_of(Follower("ann"), frames, {"short": short}) for short in (False, True))
    texts = [stream.text_of(MESSAGE, AccessLevel.MEMBER) for stream in (whole, short)]
    assert ["members" in shown(text or b"")["party"] for text in texts] == [True, False]


def test_variables_that_no_selection_reads_do_not_matter(frames: FrameCache) -> None:
    one, other = (stream_of(Follower("ann"), frames, {"partyId": party_id}) for party_id in ("p", "q"))
    assert one.text_of(MESSAGE, AccessLevel.MEMBER) is other.text_of(MESSAGE, AccessLevel.MEMBER)


def test_plans_of_other_documents_have_their_own_text(frames: FrameCache) -> None:
    other = planned(LOBBY.schema, 'subscription { partyEvents(partyId: "p") { seq } }')
    texts = [
        stream_of(Follower("ann"), frames, plan=plan).text_of(MESSAGE, AccessLevel.MEMBER) for plan in (PLAN, other)
    ]
    assert [len(shown(text or b"")) for text in texts] == [3, 1]


def test_an_event_with_the_followers_own_ticket_is_not_shared(frames: FrameCache) -> None:
    assert stream_of(Follower("ann"), frames).text_of(STARTED, AccessLevel.MEMBER) is None


def test_an_event_that_can_not_be_executed_is_left_to_graphql_core(frames: FrameCache) -> None:
    about_nobody = FRAMES[-1]
    everything = planned(
        LOBBY.schema, 'subscription { partyEvents(partyId: "p") { ... on MemberUpdated { member { player { id } } } } }'
    )
    assert stream_of(Follower("ann"), frames, plan=everything).text_of(about_nobody, AccessLevel.MEMBER) is None


def test_a_frame_lives_as_long_as_its_text() -> None:
    """Otherwise another frame could get the same `id()`."""
    frames, party = FrameCache(texts_max=100), PARTIES["waiting"]
    for number in range(1_000):
        event = Heartbeat(party, number)
        assert frames.get("plan", AccessLevel.MEMBER, party, event) is None
        frames.put("plan", AccessLevel.MEMBER, party, event, b"text")


def test_texts_are_bounded_by_number_and_by_bytes_oldest_first() -> None:
    party, events = PARTIES["waiting"], [Heartbeat(PARTIES["waiting"], number) for number in range(3)]
    for frames in (
        FrameCache(texts_max=2),
        FrameCache(bytes_max=2 * (len(b"12345") + attribute_chars(attributes_of(party)))),
    ):
        for event in events:
            frames.put("plan", AccessLevel.MEMBER, party, event, b"12345")
        kept = [frames.get("plan", AccessLevel.MEMBER, party, event) for event in events]
        assert kept == [None, b"12345", b"12345"]


# On a live party.


@asynccontextmanager
async def pushing(streams: Sequence[EventStream], channels: Sequence[Texts]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """While it lasts, the streams push to the channels. Each has had its snapshot."""
    for stream in streams:
        await anext(stream)
    tasks = [asyncio.create_task(stream.push_to(channel)) for stream, channel in zip(streams, channels, strict=True)]
    await asyncio.sleep(0)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@pytest.fixture
async def lobby() -> AsyncIterator[LiveLobby]:
    async with live_lobby.live_lobby() as lobby:
        yield lobby


NAMES = ("ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal")


async def full_party(lobby: LiveLobby) -> Party:
    return await lobby.world.party(*NAMES)


async def test_an_event_is_encoded_once_for_eight_players(lobby: LiveLobby, frames: FrameCache) -> None:
    party, channels = await full_party(lobby), [Texts() for _ in NAMES]
    streams = [stream_of(lobby.follow(party, name), frames) for name in NAMES]
    async with pushing(streams, channels):
        await lobby.world.post_message("ann", "hello", party)
        for channel in channels:
            await channel.until(1)
    assert len({id(channel.texts[0]) for channel in channels}) == 1
    assert shown(channels[0].texts[0])["__typename"] == "MessagePosted"


async def test_a_follower_whose_channel_is_full_pulls_the_same_text(lobby: LiveLobby, frames: FrameCache) -> None:
    party, channels = await full_party(lobby), [Texts(), Texts()]
    streams = [stream_of(lobby.follow(party, name), frames) for name in ("ann", "bob")]
    async with pushing(streams, channels) as tasks:
        channels[1].is_full = True
        await lobby.world.post_message("ann", "hello", party)
        await channels[0].until(1)
        async with asyncio.timeout(live_lobby.WAIT_S):
            await tasks[1]
            assert await anext(streams[1]) is channels[0].texts[0]


async def test_updates_are_encoded_once_for_eight_players(lobby: LiveLobby, frames: FrameCache) -> None:
    party, channels, push = await full_party(lobby), [Texts() for _ in NAMES], UpdatePusher(frames, ANSWER_BYTES_MAX)
    followers = [await lobby.follow_after_snapshot(party, name) for name in NAMES]
    tasks = [
        asyncio.create_task(push(follower, channel)) for follower, channel in zip(followers, channels, strict=True)
    ]
    await asyncio.sleep(0)
    await lobby.world.post_message("ann", "hello", party)
    for channel in channels:
        await channel.until(1)
    assert len({id(channel.texts[0]) for channel in channels}) == 1
    assert json.loads(channels[0].texts[0])["type"] == "MessagePosted"
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def test_updates_of_another_access_level_are_another_text(frames: FrameCache) -> None:
    push, entry = UpdatePusher(frames, ANSWER_BYTES_MAX), Scene("ann", "bob").disconnects("bob").log[-1]
    texts = [push.text_of(entry, level) or b"" for level in (AccessLevel.FORMER, AccessLevel.MEMBER)]
    assert [json.loads(text)["party"]["join_code"] for text in texts] == [None, entry.party.join_code]


def test_an_update_with_the_followers_own_ticket_is_not_shared(frames: FrameCache) -> None:
    started = next(entry for entry in Scene("ann").running().log if isinstance(entry.event, SessionStarted))
    assert UpdatePusher(frames, ANSWER_BYTES_MAX).text_of(started, AccessLevel.INSIDE) is None


def test_heartbeats_of_updates_are_shared_and_snapshots_are_not(frames: FrameCache) -> None:
    push = UpdatePusher(frames, ANSWER_BYTES_MAX)
    assert push.text_of(HEARTBEAT, AccessLevel.MEMBER) is push.text_of(HEARTBEAT, AccessLevel.MEMBER) is not None
    assert push.text_of(SNAPSHOT, AccessLevel.MEMBER) is None

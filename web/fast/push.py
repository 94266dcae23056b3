"""Pushes new frames of parties to followers that keep up: executed and encoded once for all of them who see the same.

The members of a party are eight players with the same document. The bytes of a frame depend on its access level, the
plan and the variables that its selection reads, so that is what the cache is keyed by.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol

from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.sizes import attribute_chars, attributes_of
from lobby.domain.values import PlayerId
from lobby.domain.viewer_access import AccessLevel, access_level, levels_of_members
from lobby.live.follower import Follower
from lobby.live.frames import Frame, Heartbeat
from lobby.ports import Channel
from lobby.runtime.lru_cache import LRUCache
from resolvers.queries_and_subscriptions import EventFollower
from schema.events import to_event
from schema.party_event import PartyEvent
from web.connections.socket_channel import TextChannel
from web.fast.plans.plan import Plan, Run
from web.graphql.execution.executor import EncodeEvent, EventStream
from web.graphql.execution.operation import OperationCall
from web.graphql.execution.result import encode_json
from web.updates.messages import encode_event

TEXTS_MAX = 4_096
BYTES_MAX = 16_000_000
"""The size of the texts, and of the attributes that are kept with them."""


class FrameCache:
    """The latest frames as JSON texts, by the frame and by what else their bytes depend on; the oldest are dropped first.

    A frame is known by its party and its event (or itself, if it is no entry of the log): by the objects, not by their values.
    """

    def __init__(self, texts_max: int = TEXTS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._texts: LRUCache[tuple[object, ...], tuple[bytes, Party, object]] = LRUCache(texts_max, bytes_max)
        self.pushed: _PushedFrame | None = None
        """The frame that is being pushed: it goes to all its followers before the next one."""

    def get(self, depends_on: object, level: AccessLevel, party: Party, event: object) -> bytes | None:
        kept = self._texts.peek((depends_on, level, id(party), id(event)))
        return kept[0] if kept is not None else None

    def put(self, depends_on: object, level: AccessLevel, party: Party, event: object, text: bytes) -> None:
        # Party and event are kept with the text: an id belongs to one object only while that object lives.
        weight = len(text) + attribute_chars(attributes_of(party))
        self._texts.put((depends_on, level, id(party), id(event)), (text, party, event), weight)


class PartyStream(EventStream):
    """A party's stream by a plan, whose results are shared between followers and pushed to those that keep up."""

    __slots__ = ("_bytes_max", "_depends_on", "_follower", "_frames", "_plan", "_run")

    def __init__(
        self,
        call: OperationCall,
        source: EventFollower,
        encode_event: EncodeEvent,
        plan: Plan,
        run: Run,
        frames: FrameCache,
    ) -> None:
        """`encode_event` is for events that the follower has to execute by itself."""
        super().__init__(call, source, encode_event)
        self._follower = source.follower
        self._plan = plan
        self._run = run
        self._frames = frames
        self._bytes_max = call.operation.answer_bytes_max
        self._depends_on = (plan.identity, repr([run.variables.get(name) for name in plan.variables_read]))

    async def push_to(self, channel: TextChannel) -> None:
        if self._plan.shared_completers:
            player_id = self._follower.player_id
            await self._follower.push_to(_FrameChannel(self, self._depends_on, player_id, channel, self._frames))

    async def encode(self, event: Any) -> bytes:
        text = self._frames.get(self._depends_on, event.access_level, event.source, event.event)
        if text is None:
            text = self._execute(event)
        return text if text is not None else await super().encode(event)

    def text_of(self, frame: Frame, level: AccessLevel) -> bytes | None:
        """The result for every follower at an access level; None if each follower has to make its own."""
        event = frame.event if type(frame) is Entry else frame
        text = self._frames.get(self._depends_on, level, frame.party, event)
        return text if text is not None else self._execute(to_event(frame, level))

    def _execute(self, event: PartyEvent) -> bytes | None:
        """The result for every follower at the event's access level, which is kept for the others."""
        complete = self._plan.shared_completers.get(type(event))
        if complete is None:
            return None
        try:
            text = encode_json({"data": {self._plan.roots[0].key: complete(event, self._run)}})
        except Exception:
            return None  # graphql-core finds out what is wrong, and reports it to each follower
        if self._bytes_max is not None and len(text) > self._bytes_max:
            return None  # the same
        self._frames.put(self._depends_on, event.access_level, event.source, event.event, text)
        return text


class UpdatePusher:
    """Pushes the frames of `/updates`: a `PushUpdates`."""

    def __init__(self, frames: FrameCache, bytes_max: int) -> None:
        """A longer update is not pushed."""
        self._frames = frames
        self._bytes_max = bytes_max

    async def __call__(self, follower: Follower, channel: Channel[bytes]) -> None:
        await follower.push_to(_FrameChannel(self, UpdatePusher, follower.player_id, channel, self._frames))

    def text_of(self, frame: Frame, level: AccessLevel) -> bytes | None:
        """The update for every follower at an access level; None if each follower has to make its own."""
        event = frame.event if type(frame) is Entry else frame
        if not isinstance(frame, Entry | Heartbeat):
            return None
        if isinstance(frame, Entry) and frame.event.brings_ticket:
            return None  # the ticket is the follower's own
        text = self._frames.get(UpdatePusher, level, frame.party, event)
        if text is None:
            text = encode_event(frame, level)
            if len(text) > self._bytes_max:
                return None
            self._frames.put(UpdatePusher, level, frame.party, event, text)
        return text


class _TextSource(Protocol):
    def text_of(self, frame: Frame, level: AccessLevel) -> bytes | None:
        """The text for every follower at an access level; None if each follower has to make its own."""


class _PushedFrame:
    """A frame that is being pushed, the access levels of the members, and the texts that were made of it so far."""

    __slots__ = ("frame", "levels", "texts")

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.levels = levels_of_members(frame.party)
        self.texts: dict[tuple[str, AccessLevel | None], bytes | None] = {}
        """By what a text depends on. None: each follower has to make its own."""

    def make_text(self, source: _TextSource, depends_on: str, player_id: PlayerId) -> bytes | None:
        level = self.levels.get(player_id)
        if level is None:
            level = self.levels[player_id] = access_level(self.frame.party, player_id)
        try:
            text = source.text_of(self.frame, level)
        except Exception:
            text = None  # each follower meets the same error when it pulls the frame, and reports it
        self.texts[depends_on, level] = text
        return text


class _FrameChannel:
    """A `Channel` of frames over one of texts."""

    __slots__ = ("_channel", "_depends_on", "_frames", "_player_id", "_source")

    def __init__(
        self,
        source: _TextSource,
        depends_on: object,
        player_id: PlayerId,
        channel: Channel[bytes],
        frames: FrameCache,
    ) -> None:
        self._source = source
        self._player_id = player_id
        self._channel = channel
        self._frames = frames
        # An interned text, because its hash is computed once, and it is compared by identity.
        self._depends_on = sys.intern(repr(depends_on))

    def try_send(self, item: Frame) -> bool:
        # In one piece: it runs for each delivery, and a call takes a tenth of one.
        pushed = self._frames.pushed
        if pushed is None or pushed.frame is not item:
            pushed = self._frames.pushed = _PushedFrame(item)
        text = pushed.texts.get((self._depends_on, pushed.levels.get(self._player_id)), _UNKNOWN)
        if text is _UNKNOWN:
            text = pushed.make_text(self._source, self._depends_on, self._player_id)
        return text is not None and self._channel.try_send(text)


_UNKNOWN: Any = object()

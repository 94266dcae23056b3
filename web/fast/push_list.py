"""Pushes changes of the public list to followers that keep up. Each change is executed and encoded once for all who see the same.

Nearly all followers of the list are strangers to the parties in it. Followers who receive the same changes also share the frames.
"""

from __future__ import annotations

from lobby.domain.sizes import attribute_chars, attributes_of
from lobby.domain.values import PlayerId
from lobby.domain.viewer_access import AccessLevel, access_level, insiders
from lobby.live.list_changes import ListingChange
from lobby.runtime.lru_cache import LRUCache
from resolvers.queries_and_subscriptions import LobbyFollower
from schema.lists import LobbyEvent
from web.connections.socket_channel import TextChannel
from web.fast.plans.plan import Plan, Run
from web.graphql.execution.executor import EncodeEvent, EventStream
from web.graphql.execution.operation import OperationCall
from web.graphql.execution.result import encode_json

TEXTS_MAX = 4_096
BYTES_MAX = 16_000_000
"""The size of the texts, and of the attributes that are kept with them; the same again for groups of changes."""
BYTES_AT_ONCE = 262_144
"""Longer texts are not sent together: a client that reads slowly would have all of them in its buffer."""
GROUPS_MAX = 256
"""Groups of changes whose texts are kept together."""

Changes = tuple[ListingChange, ...]
Texts = tuple[bytes, ...]


class ListCache:
    """The latest changes as JSON texts. They are known by the objects, not by their values: all followers get the same."""

    def __init__(self, texts_max: int = TEXTS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self.texts: LRUCache[tuple[object, ...], tuple[bytes, ListingChange]] = LRUCache(texts_max, bytes_max)
        self.groups: LRUCache[tuple[object, int], tuple[Texts, Changes]] = LRUCache(GROUPS_MAX, bytes_max)
        """The texts of changes that are sent together, for strangers to all of their parties."""
        self._insiders: tuple[Changes, frozenset[PlayerId]] = ((), frozenset())

    def insiders(self, changes: Changes) -> frozenset[PlayerId]:
        """Everybody who may see more of one of the parties than a stranger."""
        if self._insiders[0] is not changes:
            found: set[PlayerId] = set()
            for change in changes:
                if change.party is not None:
                    found |= insiders(change.party)
            self._insiders = (changes, frozenset(found))
        return self._insiders[1]


class ListStream(EventStream):
    """A stream of the public list by a plan, whose results are shared between followers and pushed to those that keep up."""

    __slots__ = ("_bytes_max", "_cache", "_complete", "_depends_on", "_follower", "_key", "_run")

    def __init__(
        self,
        call: OperationCall,
        source: LobbyFollower,
        encode_event: EncodeEvent,
        plan: Plan,
        run: Run,
        cache: ListCache,
    ) -> None:
        """`encode_event` is for changes that the follower has to execute by itself."""
        super().__init__(call, source, encode_event)
        self._follower = source
        self._run = run
        self._cache = cache
        self._complete = plan.shared_completers.get(LobbyEvent)
        self._key = plan.roots[0].key
        self._bytes_max = call.operation.answer_bytes_max
        self._depends_on = (plan.identity, repr([run.variables.get(name) for name in plan.variables_read]))

    async def push_to(self, channel: TextChannel) -> None:
        if self._complete is None:
            return
        follower = self._follower.follower
        if self._call.pace is not None and follower.first_count:
            await self._call.pace(follower.first_count)
        await follower.push_to(_ChangesChannel(self, self._follower.player_id, channel))

    def texts_of(self, changes: Changes, player_id: PlayerId) -> Texts | None:
        """The results for a player; None if the follower has to execute one of them by itself."""
        if player_id in self._cache.insiders(changes):
            return self._texts(changes, player_id)
        key = (self._depends_on, id(changes))
        kept = self._cache.groups.peek(key)
        if kept is not None:
            return kept[0]
        texts = self._texts(changes, None)
        if texts is not None:
            weight = sum(map(_weight, texts, changes))
            self._cache.groups.put(key, (texts, changes), weight)
        return texts

    def _texts(self, changes: Changes, player_id: PlayerId | None) -> Texts | None:
        """The results for a player; None: for a stranger."""
        found = []
        length = 0
        for change in changes:
            level = access_level(change.party, player_id) if change.party is not None else AccessLevel.STRANGER
            text = self._text(change, level)
            if text is None:
                return None
            found.append(text)
            length += len(text)
        return tuple(found) if length <= BYTES_AT_ONCE or len(found) == 1 else None

    def _text(self, change: ListingChange, level: AccessLevel) -> bytes | None:
        key = (self._depends_on, level, id(change))
        kept = self._cache.texts.peek(key)
        if kept is not None:
            return kept[0]
        assert self._complete is not None, "only a stream with a shared completer is pushed"
        text = encode_json({"data": {self._key: self._complete(LobbyEvent.at_level(change, level), self._run)}})
        if self._bytes_max is not None and len(text) > self._bytes_max:
            return None
        # The change is kept with its text: an id belongs to one object only while that object lives.
        self._cache.texts.put(key, (text, change), _weight(text, change))
        return text


def _weight(text: bytes, change: ListingChange) -> int:
    """The size of a text, and of the attributes that are kept with it."""
    return len(text) + (attribute_chars(attributes_of(change.party)) if change.party is not None else 0)


class _ChangesChannel:
    """A `Channel` of changes over one of texts."""

    __slots__ = ("_channel", "_player_id", "_stream")

    def __init__(self, stream: ListStream, player_id: PlayerId, channel: TextChannel) -> None:
        self._stream = stream
        self._player_id = player_id
        self._channel = channel

    def try_send(self, item: Changes) -> bool:
        try:
            texts = self._stream.texts_of(item, self._player_id)
        except Exception:
            return False  # the follower meets the same error when it pulls the change, and reports it
        return texts is not None and self._channel.try_send_all(texts)

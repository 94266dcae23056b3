"""Inboxes in the servers: each lies in the partition of its player.

A commit writes the posts for players of its own partition. It leaves the others in the outbox of its partition, in the same
atomic step. This module delivers them. If the node dies before that, another one does it. An inbox takes each post only once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence

import msgspec

from lobby.domain.inbox import Inbox, InboxEntry, InboxPost
from lobby.domain.values import Instant, PlayerId
from lobby.ports import Clock, InboxListener, Retention, Unavailable
from lobby.ports.inboxes import entries_after
from lobby.runtime.background import BackgroundLoop, BackgroundTasks
from lobby.runtime.ids import new_epoch
from lobby.stores.codec import Unreadable, event_kind, read_inbox_event, to_json
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.partitions import Partitions
from lobby.stores.valkey.scripts import EMPTY_OUTBOX, POST_TO_INBOX

log = logging.getLogger(__name__)

DELIVERY_WAIT_S = 1.0
"""A commit waits this long until its posts are delivered. After that they are delivered in the background."""
REDELIVERY_S = 2.0
"""Outboxes are checked at this interval for posts that their nodes have not delivered."""
REDELIVERY_AFTER_MS = 1_000
REDELIVERED_MAX = 100
"""Outboxes of one partition in one check."""

_StoredEvent = tuple[str, msgspec.Raw]
"""Kind and event."""
_decode = msgspec.json.Decoder(_StoredEvent).decode
_Rows = Sequence[tuple[bytes, dict[bytes, bytes]]]


class Post(msgspec.Struct):
    """A post as the scripts get it, see lua/inbox.lua."""

    id: str
    at: Instant
    event: str


_read_post = msgspec.json.Decoder(Post).decode


class InboxWrite(msgspec.Struct):
    """A post in the plan of a commit."""

    player: PlayerId
    id: str
    at: Instant
    event: str
    is_here: bool
    """True if the inbox lies in the partition of the plan. If not, the post goes to the outbox."""


class InboxKeep(msgspec.Struct):
    """How long the entries of an inbox are kept, and how many."""

    ms: int
    count: int


def create_inbox_writes(
    posts: Iterable[InboxPost], commit_id: str, partitions: Partitions, home: int
) -> list[InboxWrite]:
    """The posts of a commit that the partition `home` decides."""
    return [
        InboxWrite(
            post.player_id, f"{commit_id}:{number}", post.at, _encode(post), partitions.of(post.player_id) == home
        )
        for number, post in enumerate(posts)
    ]


def encode_inbox(entries: Iterable[InboxEntry]) -> bytes:
    """Entries of an inbox, as lua/import_inbox.lua gets them."""
    return msgspec.json.encode(
        [{"seq": entry.seq, "epoch": entry.inbox.epoch, "at": entry.at, "event": _encode(entry)} for entry in entries]
    )


def _encode(post: InboxPost | InboxEntry) -> str:
    """Kind and event, as an inbox stores them."""
    return f'["{event_kind(post.event)}",{to_json(post.event)}]'


class ValkeyInboxes:
    """See `lobby.ports.Inboxes`."""

    def __init__(self, client: ValkeyClient, clock: Clock, retention: Retention) -> None:
        self.listeners: list[InboxListener] = []
        self._client = client
        self._clock = clock
        self._retention = retention
        self._tasks = BackgroundTasks()
        self._loop = BackgroundLoop("inbox redelivery", self._deliver_again, REDELIVERY_S, waits_first=True)

    def open(self) -> None:
        if self._client.partitions.count > 1:
            self._loop.start()

    async def close(self) -> None:
        await self._loop.stop()
        await self._tasks.wait(DELIVERY_WAIT_S)

    async def inbox(self, player_id: PlayerId) -> Inbox:
        rows = await self._client.call(self._of(player_id), "XREVRANGE", f"inbox:{player_id}", "+", "-", "COUNT", 1)
        found = self._entries(player_id, rows)
        return found[0].inbox if found else Inbox(player_id)

    async def entries(self, after: Inbox, limit: int) -> Sequence[InboxEntry]:
        player_id, count = after.player_id, limit + (after.version > 0)
        start = f"{after.version}-0"
        rows = await self._client.call(self._of(player_id), "XRANGE", f"inbox:{player_id}", start, "+", "COUNT", count)
        return entries_after(after, self._entries(player_id, rows))

    async def kept_entries(self, player_id: PlayerId) -> Sequence[InboxEntry]:
        """All entries that are kept."""
        rows = await self._client.call(self._of(player_id), "XRANGE", f"inbox:{player_id}", "-", "+")
        return self._entries(player_id, rows)

    async def post(self, posts: Iterable[InboxPost]) -> None:
        by_player: dict[PlayerId, list[Post]] = {}
        for post in posts:
            by_player.setdefault(post.player_id, []).append(Post(post.source, post.at, _encode(post)))
        await asyncio.gather(*(self._write(player_id, some) for player_id, some in by_player.items()))

    async def drop(self, player_id: PlayerId) -> None:
        await self._client.call(self._of(player_id), "DEL", f"inbox:{player_id}")

    async def deliver(self, partition: int, player_ids: Iterable[PlayerId]) -> None:
        """Deliver the posts that a commit has left in the outboxes of `partition`. Never raises, and does not wait for long."""
        deliveries = [self._tasks.start(self._deliver(partition, each), "inbox delivery") for each in player_ids]
        if deliveries:
            await asyncio.wait(deliveries, timeout=DELIVERY_WAIT_S)

    async def deliver_all(self) -> None:
        """Deliver all posts of all nodes. Raises `Unavailable`."""
        while await self._deliver_older("+inf"):
            pass

    def notify(self, player_id: PlayerId, at: Instant) -> None:
        for listener in self.listeners:
            listener(player_id, at)

    async def _deliver(self, partition: int, player_id: PlayerId) -> None:
        try:
            await self._deliver_outbox(partition, player_id)
        except Unavailable as error:
            log.warning("an entry of an inbox is not delivered yet, retrying in %.0f s: %s", REDELIVERY_S, error)

    async def _deliver_outbox(self, partition: int, player_id: PlayerId) -> None:
        """All posts of the outbox, so that their order stays as it is, whichever nodes deliver them."""
        items: list[bytes] = await self._client.call(partition, "LRANGE", f"outbox:{player_id}", 0, -1)
        if items:
            await self._write(player_id, [_read_post(item) for item in items])
            await self._client.run(EMPTY_OUTBOX, partition, player_id, *items)

    async def _deliver_again(self) -> bool:
        return await self._deliver_older(str(self._client.server_time.now() - REDELIVERY_AFTER_MS))

    async def _deliver_older(self, until: str) -> bool:
        """Deliver posts that came up to `until`, in ms by the clock of the servers. True if there may be more."""
        calls = (self._deliver_older_in(number, until) for number in range(self._client.partitions.count))
        return max(await asyncio.gather(*calls)) >= REDELIVERED_MAX

    async def _deliver_older_in(self, partition: int, until: str) -> int:
        players = await self._client.call(
            partition, "ZRANGEBYSCORE", "outboxes", "-inf", until, "LIMIT", 0, REDELIVERED_MAX
        )
        await asyncio.gather(*(self._deliver_outbox(partition, player.decode()) for player in players))
        return len(players)

    async def _write(self, player_id: PlayerId, posts: Sequence[Post]) -> None:
        keep = self._retention.inbox_ms, self._retention.inbox_entries_max
        began_at = self._client.server_time.now()
        call = player_id, msgspec.json.encode(posts), *keep, new_epoch(), began_at
        written = await self._client.run(POST_TO_INBOX, self._of(player_id), *call)
        if written < 0:
            raise Unavailable("the posts came too late")
        self.notify(player_id, posts[-1].at)

    def _entries(self, player_id: PlayerId, rows: _Rows) -> list[InboxEntry]:
        """The entries that are still kept: the servers delete old ones later."""
        kept_from = self._clock.now() - self._retention.inbox_ms
        found = [_read_entry(player_id, *row) for row in rows]
        return [entry for entry in found if entry.at > kept_from]

    def _of(self, player_id: PlayerId) -> int:
        return self._client.partitions.of(player_id)


def _read_entry(player_id: PlayerId, id: bytes, fields: dict[bytes, bytes]) -> InboxEntry:
    seq = int(id.partition(b"-")[0])
    try:
        kind, event = _decode(fields[b"e"])
    except msgspec.DecodeError as error:
        raise Unreadable(f"stored text is no entry of an inbox: {error}") from error
    inbox = Inbox(player_id, fields[b"o"].decode(), seq, int(fields[b"t"]))
    return InboxEntry(read_inbox_event(kind, bytes(event).decode()), inbox)
